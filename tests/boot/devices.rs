//! Block devices: loop devices over images of the tests' own.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::boot::bios::assert_only_core_and_code_changed;
use crate::boot::machine::{BIOS_BOOT, LINUX, MARKER, Machine, ONTO_DISK, boots, gpt, is_root, make, sfdisk};
use crate::boot::refusals::refused_by;

/// A loop device over an image of the test's own.
pub struct Loop(pub String);

impl Loop {
    /// `None` where this machine has no loop devices.
    pub fn new(image: &Path, options: &[&str]) -> Option<Self> {
        let output = Command::new("losetup")
            .args(["--find", "--show"])
            .args(options)
            .arg(image)
            .output()
            .unwrap();
        if !output.status.success() {
            skipped!("no loop device: {}", String::from_utf8_lossy(&output.stderr));
            return None;
        }
        Some(Self(String::from_utf8(output.stdout).unwrap().trim().to_owned()))
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _ = Command::new("losetup").args(["--detach", &self.0]).status();
    }
}

/// A machine with a disk; `None` for those who cannot make devices or mount anything.
pub fn with_disk() -> Option<Machine> {
    if !is_root() {
        skipped!("only root can make a loop device or mount a file system");
        return None;
    }
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    Some(machine)
}

/// A machine whose disk has an empty ext4 as its second partition, and a device of that.
pub fn with_root() -> Option<(Machine, Loop)> {
    let machine = with_disk()?;
    let options = ["-q", "-F", "-E", "offset=2097152"];
    make(&machine, "mkfs.ext4", &options, &["disk.img", "5M"]);
    let root = Loop::new(&machine.path("disk.img"), &["--offset=2097152"])?;
    Some((machine, root))
}

#[test]
fn a_block_device_is_written_as_a_file_is() {
    let Some(mut machine) = with_disk() else {
        return;
    };
    let before = machine.bytes("disk.img");
    let Some(device) = Loop::new(&machine.path("disk.img"), &[]) else {
        return;
    };
    let name = device.0.clone();
    machine.plan(|boot| boot["loader"]["devices"] = json!([name]), &Value::Null);
    // The root is a folder that has nothing to do with it.
    machine.succeed(&["--force"]);
    drop(device);
    let after = machine.bytes("disk.img");
    assert!(boots(&after, b'1'));
    assert_only_core_and_code_changed(&after, &before);
}

/// Runs `commands` in the machine's folder, in a mount namespace of its own; its status and what it said on standard error.
pub fn in_namespace(machine: &Machine, commands: &str) -> (Option<i32>, String) {
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-c", commands])
        .current_dir(machine.folder.path())
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn the_journal_of_a_root_that_grub_reads_is_emptied() {
    let Some((machine, root)) = with_root() else {
        return;
    };
    // Only the file system of this image is frozen. strace tells that the freeze succeeded, and debugfs, which like GRUB does
    // not replay a journal, that the files are there while they are mounted.
    let run = format!(
        "cp -aT root filled && mount {} root && cp -aT filled root && \
         strace -qq -y -o trace -e trace=ioctl ./runtime pre-boot pre-boot --prefix=root {ONTO_DISK} && \
         cp --sparse=never disk.img copy.img && umount root",
        root.0
    );
    assert_eq!(in_namespace(&machine, &run), (Some(0), String::new()));
    let trace = fs::read_to_string(machine.path("trace")).unwrap();
    for request in ["FIFREEZE", "FITHAW"] {
        let line = trace.lines().find(|line| line.contains(request));
        assert!(
            line.is_some_and(|line| line.contains("/root>") && line.ends_with(" = 0")),
            "{trace}"
        );
    }
    let output = Command::new("debugfs")
        .args(["-R", "ls -p /boot/grub", "copy.img?offset=2097152"])
        .current_dir(machine.folder.path())
        .output()
        .unwrap();
    let listing = String::from_utf8_lossy(&output.stdout);
    for name in [MARKER, "grub.cfg"] {
        assert!(listing.contains(&format!("/{name}/")), "{listing}");
    }
}

#[test]
fn a_run_that_is_killed_while_the_root_is_frozen_leaves_it_thawed() {
    let Some((machine, root)) = with_root() else {
        return;
    };
    // Only the file system of this image is frozen. The call that thaws is never made: strace kills instead. fsfreeze(8)
    // thaws what is still frozen, and fails where nothing is.
    let run = format!(
        "cp -aT root filled && mount {} root && cp -aT filled root && \
         strace -qq -o trace -e trace=ioctl -e inject=ioctl:signal=KILL:when=2 \
         ./runtime pre-boot pre-boot --prefix=root {ONTO_DISK}; \
         sleep 1; fsfreeze -u root 2>thawed; status=$?; umount root; cat thawed >&2; exit $status",
        root.0
    );
    let (status, said) = in_namespace(&machine, &run);
    let trace = fs::read_to_string(machine.path("trace")).unwrap();
    let last: Vec<&str> = trace.lines().rev().take(3).collect();
    assert!(
        last.iter().any(|line| line.contains("FITHAW")) && last.iter().any(|line| line.contains("SIGKILL")),
        "{trace}"
    );
    assert!(
        trace
            .lines()
            .any(|line| line.contains("FIFREEZE") && line.ends_with(" = 0")),
        "{trace}"
    );
    assert!(
        status == Some(1) && said.contains("unfreeze failed: Invalid argument"),
        "{said}"
    );
}

#[test]
fn a_root_that_an_unfinished_run_left_frozen_is_thawed_by_the_next_one() {
    let Some((machine, root)) = with_root() else {
        return;
    };
    // A run that is killed together with what guards it is played by fsfreeze(8), on the file system of this image alone.
    let pre_boot = format!("./runtime pre-boot pre-boot --prefix=root {ONTO_DISK}");
    let run = format!(
        "cp -aT root filled && mount {} root && cp -aT filled root && {pre_boot} && \
         touch root/var/lib/system-installer/pre-boot/unfinished && \
         fsfreeze -f root && timeout -s KILL 20 {pre_boot}; echo status $? >&2; fsfreeze -u root; \
         ls root/var/lib/system-installer/pre-boot >&2; umount root",
        root.0
    );
    let (_, said) = in_namespace(&machine, &run);
    assert!(
        said.starts_with("status 0\n") && said.ends_with("unfreeze failed: Invalid argument\n"),
        "{said}"
    );
}

#[test]
fn a_file_system_that_reaches_beyond_the_prefix_is_not_frozen() {
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    let output = machine.traced(&["-e", "trace=ioctl"], &[ONTO_DISK]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let trace = fs::read_to_string(machine.path("trace")).unwrap();
    assert!(!trace.contains("FIFREEZE"), "{trace}");
}

#[test]
fn a_loop_device_and_the_image_behind_it_are_one_disk() {
    let Some(machine) = with_disk() else {
        return;
    };
    let (Some(first), Some(second)) = (
        Loop::new(&machine.path("disk.img"), &[]),
        Loop::new(&machine.path("disk.img"), &[]),
    ) else {
        return;
    };
    for name in ["disk.img", &second.0] {
        refused_by(
            &machine,
            &[
                &format!("--override-grub-device={}", first.0),
                &format!("--override-grub-device={name}"),
            ],
            &format!("`{}` and `{name}` are the same disk", first.0),
        );
    }
}

/// The minor number of a loop device; the major one is 7.
pub fn minor(device: &Loop) -> &str {
    device.0.trim_start_matches("/dev/loop")
}

#[test]
fn a_partition_is_no_disk() {
    let Some(machine) = with_disk() else {
        return;
    };
    let Some(device) = Loop::new(&machine.path("disk.img"), &[]) else {
        return;
    };
    // Loop devices have no partitions everywhere: what sysfs says of one is put there.
    let run = format!(
        "mount -t tmpfs tmpfs /sys/dev/block && mkdir /sys/dev/block/7:{} && echo 2 > /sys/dev/block/7:{}/partition && \
         ./runtime pre-boot pre-boot --prefix=root --override-grub-device={}",
        minor(&device),
        minor(&device),
        device.0
    );
    let message = format!(
        "error: `{}` is partition 2 of a disk: name the disk itself, which has the boot sector\n",
        device.0
    );
    assert_eq!(in_namespace(&machine, &run), (Some(1), message));
}

#[test]
fn a_root_on_a_device_must_be_one_that_grub_can_read() {
    let Some(machine) = with_disk() else {
        return;
    };
    let options = ["-q", "-F", "-O", "inline_data", "-E", "offset=2097152"];
    make(&machine, "mkfs.ext4", &options, &["disk.img", "5M"]);
    let (Some(disk), Some(root)) = (
        Loop::new(&machine.path("disk.img"), &[]),
        Loop::new(&machine.path("disk.img"), &["--offset=2097152"]),
    ) else {
        return;
    };
    let pre_boot = format!(
        "./runtime pre-boot pre-boot --prefix=root --override-grub-device={}",
        disk.0
    );
    let run = format!("cp -aT root filled && mount -t tmpfs tmpfs root && cp -aT filled root && {pre_boot}");
    let message = "error: `/boot/grub` lies on a file system that GRUB cannot read: tmpfs\n";
    assert_eq!(in_namespace(&machine, &run), (Some(1), message.to_owned()));

    // As sysfs would have it if the second device were a partition of the first one.
    let run = format!(
        "cp -aT root filled && mount {} root && cp -aT filled root && mount -t tmpfs tmpfs /sys/dev/block && cd /sys/dev/block && \
         mkdir -p disk/part && echo 7:{} > disk/dev && echo 2 > disk/part/partition && ln -s disk/part 7:{} && cd - >&2 && \
         {pre_boot} 2>said; status=$?; cat said >&2; exit $status",
        root.0,
        minor(&disk),
        minor(&root)
    );
    let (status, said) = in_namespace(&machine, &run);
    assert_eq!(status, Some(1), "{said}");
    let message = format!(
        "error: partition 2 of `{}` is an ext4 file system, which GRUB cannot read: it has the feature `inline_data`\n",
        disk.0
    );
    assert!(said.ends_with(&message), "{said}");
}

#[test]
fn sectors_of_4096_bytes() {
    if !is_root() {
        skipped!("only root can make a loop device");
        return;
    }
    let machine = Machine::new();
    machine.blank("disk.img", 8);
    let Some(device) = Loop::new(&machine.path("disk.img"), &["--sector-size=4096"]) else {
        return;
    };
    let size = "has sectors of 4096 bytes: GRUB for BIOS boots from sectors of 512 bytes only";
    // sfdisk asks the device for its sectors; the same table is found on the device and in the file.
    for table in [
        format!("label: gpt\nsize=256, type={BIOS_BOOT}\ntype={LINUX}\n"),
        "label: dos\ntype=83\n".to_owned(),
    ] {
        sfdisk(device.0.as_ref(), &table);
        refused_by(
            &machine,
            &[&format!("--override-grub-device={}", device.0)],
            &format!("`{}` {size}", device.0),
        );
        if table.contains("gpt") {
            refused_by(
                &machine,
                &["--override-grub-device=disk.img"],
                &format!("`disk.img` {size}"),
            );
        }
    }
}
