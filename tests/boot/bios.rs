//! GRUB for BIOS: what it writes and what it leaves alone.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::fs::FlockOperation;
use serde_json::{Value, json};

use crate::machine::{Machine, boot_image, boots, core_at, core_image, gpt, is_root, mbr};

const ONTO_DISK: &str = "--override-grub-device=disk.img";

/// The first image after `pre-boot` differs from the second, before it, in the boot code and the core image alone.
fn assert_only_core_and_code_changed(after: &[u8], before: &[u8]) {
    let core = core_at(after)..core_at(after) + 40_448;
    assert_eq!(after.len(), before.len());
    for (at, (after, before)) in after.iter().zip(before).enumerate() {
        assert!(at < 440 || core.contains(&at) || after == before, "byte {at} changed");
    }
}

#[test]
fn only_the_boot_code_and_the_core_area_of_a_disk_change() {
    for (table, place) in [(gpt(), 1 << 20), (mbr(), 512)] {
        let machine = Machine::new();
        machine.disk("disk.img", 8, &table);
        let before = machine.bytes("disk.img");
        machine.succeed(&[ONTO_DISK]);
        let after = machine.bytes("disk.img");
        assert_eq!(core_at(&after), place);
        assert!(boots(&after, b'1'));
        assert_only_core_and_code_changed(&after, &before);
    }
}

#[test]
fn the_plans_own_device_is_used_without_overrides() {
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    machine.succeed(&[]);
    assert!(boots(&machine.bytes("disk.img"), b'1'));
}

#[test]
fn the_parameters_of_a_fat_in_the_boot_sector_survive() {
    let machine = Machine::new();
    machine.disk("disk.img", 8, &mbr());
    machine.patch("disk.img", 3, b"mkfs.fat and its numbers");
    machine.succeed(&[ONTO_DISK]);
    let after = machine.bytes("disk.img");
    assert_eq!(&after[3..27], b"mkfs.fat and its numbers");
    assert_eq!(&after[0x68..0x70], b"bbbbbbbb");
}

#[test]
fn the_start_of_the_gap_behind_another_boot_loader_is_left_alone() {
    for (code, place) in [(&b""[..], 512), (b"another boot loader", 524_288)] {
        let machine = Machine::new();
        machine.disk("disk.img", 8, &mbr());
        machine.patch("disk.img", 0, code);
        machine.succeed(&[ONTO_DISK]);
        assert_eq!(core_at(&machine.bytes("disk.img")), place);
        assert!(boots(&machine.bytes("disk.img"), b'1'));
    }
}

/// Everything in the machine's folder with its inode and times.
fn times(machine: &Machine) -> BTreeMap<String, (u64, i64, i64)> {
    let mut times = BTreeMap::new();
    let mut folders = vec![machine.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            let nanoseconds = |s: i64, ns: i64| s * 1_000_000_000 + ns;
            let (m, c) = (
                nanoseconds(meta.mtime(), meta.mtime_nsec()),
                nanoseconds(meta.ctime(), meta.ctime_nsec()),
            );
            times.insert(path.display().to_string(), (meta.ino(), m, c));
            if meta.is_dir() {
                folders.push(path);
            }
        }
    }
    times
}

#[test]
fn a_second_run_writes_nothing() {
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    assert!(
        machine
            .succeed(&[ONTO_DISK])
            .starts_with("the boot loader of `machine` is installed: ")
    );
    let before = times(&machine);
    sleep(Duration::from_millis(20));
    assert_eq!(
        machine.succeed(&[ONTO_DISK]),
        "nothing to do: the boot loader of `machine` is in place\n"
    );
    assert_eq!(times(&machine), before);
    let report: Value = serde_json::from_str(&machine.succeed(&[ONTO_DISK, "--json"])).unwrap();
    assert_eq!(report["outcome"], "unchanged");
    assert_eq!(report["steps"], json!([]));
}

#[test]
fn a_new_core_image_goes_beside_the_one_that_boots() {
    let mut machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    machine.succeed(&[ONTO_DISK]);
    let mut places = vec![core_at(&machine.bytes("disk.img"))];
    for fill in *b"234" {
        let before = machine.bytes("disk.img");
        machine.images("system", &boot_image(), &core_image(fill, 40_000));
        machine.succeed(&[ONTO_DISK]);
        let after = machine.bytes("disk.img");
        assert!(boots(&after, fill));
        let old = core_at(&before);
        assert_eq!(after[old..old + 40_448], before[old..old + 40_448]);
        places.push(core_at(&after));
    }
    assert_eq!(places, [1 << 20, 3 << 19, 1 << 20, 3 << 19]);
}

#[test]
fn an_area_with_room_for_one_core_image_is_used_with_a_warning() {
    let mut machine = Machine::new();
    machine.disk("disk.img", 8, "label: dos\nstart=100, type=83\n");
    assert!(!machine.succeed(&[ONTO_DISK]).contains("warning"));
    machine.images("system", &boot_image(), &core_image(b'2', 40_000));
    let said = machine.succeed(&[ONTO_DISK]);
    assert!(
        said.starts_with("warning: `disk.img` has no room for two of GRUB's core images: should the power fail"),
        "{said}"
    );
    assert!(boots(&machine.bytes("disk.img"), b'2'));
}

#[test]
fn each_of_several_disks_gets_all_that_it_needs() {
    let machine = Machine::new();
    machine.disk("a.img", 8, &gpt());
    machine.disk("b.img", 8, &mbr());
    machine.succeed(&["--override-grub-device=a.img", "--override-grub-device=b.img"]);
    assert!(boots(&machine.bytes("a.img"), b'1'));
    assert!(boots(&machine.bytes("b.img"), b'1'));
}

#[test]
fn nobody_can_install_onto_a_file_of_their_own() {
    if !is_root() {
        eprintln!("SKIPPED: only root can become nobody; this test's others ran as a user");
        return;
    }
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    // The folder that the runtime was built in may be closed to others. Copied by another process: a descriptor of this one
    // to write to it would be inherited by what other tests start, and keep it from being run.
    let status = Command::new("sh")
        .args(["-c", "cp runtime copy && mv copy runtime && chown -R 65534:65534 ."])
        .current_dir(machine.folder.path())
        .status();
    assert!(status.unwrap().success());
    let output = machine.command(&[ONTO_DISK]).uid(65534).gid(65534).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(boots(&machine.bytes("disk.img"), b'1'));
}

#[test]
fn a_dry_run_changes_nothing_and_tells_each_write_that_a_run_then_makes() {
    let machine = Machine::new();
    machine.disk("a.img", 8, &gpt());
    machine.disk("b.img", 8, &mbr());
    let arguments = ["--override-grub-device=a.img", "--override-grub-device=b.img"];
    let before = times(&machine);
    let told = machine.succeed(&[arguments[0], arguments[1], "--dry-run", "--json"]);
    let text = machine.succeed(&[arguments[0], arguments[1], "--dry-run"]);
    assert_eq!(times(&machine), before);
    assert!(
        text.contains("write GRUB's core image a.img: 40448 bytes at 1048576\n"),
        "{text}"
    );
    assert!(
        text.contains("write GRUB's boot sector b.img: 440 bytes at 0\n"),
        "{text}"
    );

    let steps: Value = serde_json::from_str(&told).unwrap();
    let mut expected = Vec::new();
    for step in steps["steps"].as_array().unwrap() {
        let subject = Path::new(step["subject"].as_str().unwrap());
        let name = subject.file_name().unwrap().to_str().unwrap();
        expected.extend(
            match (step["action"].as_str().unwrap(), step["what"].as_str().unwrap()) {
                ("write", "file") => Some(format!("file {name}")),
                ("create", "directory") => Some(format!("directory {name}")),
                ("write", _) => Some(format!("{name} {} at {}", step["size"], step["offset"])),
                ("sync", _) => None,
                other => panic!("{other:?}"),
            },
        );
    }
    let writes =
        "trace=pwrite64,pwritev,pwritev2,renameat,renameat2,rename,mkdirat,mkdir,unlinkat,unlink,truncate,ftruncate";
    let output = machine.traced(&["-y", "-s", "4096", "-e", writes], &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let trace = fs::read_to_string(machine.path("trace")).unwrap();
    let found: Vec<String> = trace.lines().filter_map(write_in).collect();
    assert_eq!(found, expected, "{trace}");
}

/// What a line of strace's says was changed: a write into a disk, a file that got its name, a directory.
fn write_in(line: &str) -> Option<String> {
    let (call, rest) = line.split_once('(').unwrap();
    let name = |text: &str| text.rsplit('"').nth(1).unwrap().to_owned();
    match call {
        "pwrite64" => {
            let file = rest.split_once('<').unwrap().1.split_once('>').unwrap().0;
            let (arguments, written) = rest.rsplit_once(") = ").unwrap();
            let offset = arguments.rsplit_once(", ").unwrap().1;
            let file = Path::new(file).file_name().unwrap().to_str().unwrap();
            Some(format!("{file} {written} at {offset}"))
        }
        "renameat" | "renameat2" => Some(format!("file {}", name(rest))),
        "mkdirat" => Some(format!("directory {}", name(rest))),
        "unlinkat" if name(rest).starts_with(".system-installer.") => None,
        _ => panic!("{line}"),
    }
}

#[test]
fn two_runs_at_once_come_one_after_the_other() {
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    let other = fs::File::open(machine.path("disk.img")).unwrap();
    rustix::fs::flock(&other, FlockOperation::LockExclusive).unwrap();
    let mut run = machine.command(&[ONTO_DISK]).stdout(Stdio::null()).spawn().unwrap();
    sleep(Duration::from_millis(500));
    assert_eq!(run.try_wait().unwrap(), None);
    assert!(!boots(&machine.bytes("disk.img"), b'1'));
    drop(other);
    assert!(run.wait().unwrap().success());
    assert!(boots(&machine.bytes("disk.img"), b'1'));
}

#[test]
fn hooks_run_after_a_change_and_only_then() {
    let mut machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    let hook = json!(["/bin/sh", "-c", "echo said; echo \"$SYSTEM_INSTALLER_PREFIX\" >> hook"]);
    machine.plan(|_| (), &json!({ "hooks": [hook] }));
    machine.succeed(&[ONTO_DISK, "--dry-run"]);
    assert!(!machine.path("hook").exists());
    let report: Value = serde_json::from_str(&machine.succeed(&[ONTO_DISK, "--json"])).unwrap();
    assert_eq!(report["steps"].as_array().unwrap().last().unwrap()["action"], "run");
    machine.succeed(&[ONTO_DISK]);
    let root = machine.path("root").canonicalize().unwrap();
    assert_eq!(
        fs::read_to_string(machine.path("hook")).unwrap(),
        format!("{}\n", root.display())
    );
}

#[test]
fn a_command_of_the_plans_is_called_as_nixos_calls_one() {
    let mut machine = Machine::new();
    let command = json!([
        "/bin/sh",
        "-c",
        "echo \"$NIXOS_INSTALL_BOOTLOADER $*\" > called",
        "sh",
        "word"
    ]);
    machine.plan(
        |boot| boot["loader"] = json!({ "type": "external", "command": command }),
        &Value::Null,
    );
    // Without a prefix; nothing but the command is run.
    let output = Command::new(machine.path("runtime"))
        .args(["pre-boot", "pre-boot"])
        .current_dir(machine.folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let system = machine.path("store/system");
    assert_eq!(
        fs::read_to_string(machine.path("called")).unwrap(),
        format!("1 word {}\n", system.display())
    );
}

#[test]
fn a_block_device_is_written_as_a_file_is() {
    if !is_root() {
        eprintln!("SKIPPED: only root can make a loop device");
        return;
    }
    let mut machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    let before = machine.bytes("disk.img");
    let Some(device) = Loop::new(&machine.path("disk.img"), &[]) else {
        return;
    };
    let name = device.0.clone();
    machine.plan(|boot| boot["loader"]["devices"] = json!([name]), &Value::Null);
    machine.succeed(&[]);
    drop(device);
    let after = machine.bytes("disk.img");
    assert!(boots(&after, b'1'));
    assert_only_core_and_code_changed(&after, &before);
}

#[test]
fn the_journal_of_a_root_that_grub_reads_is_emptied() {
    if !is_root() {
        eprintln!("SKIPPED: only root can mount a file system");
        return;
    }
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    let status = Command::new("mkfs.ext4")
        .args(["-q", "-F", "-E", "offset=2097152", "disk.img", "5M"])
        .current_dir(machine.folder.path())
        .status();
    assert!(status.expect("mkfs.ext4(8) is needed for this test").success());
    // Only the file system of this image is frozen: it is mounted on `root`, in a mount namespace of its own. strace tells
    // that the freeze succeeded, and debugfs, which like GRUB does not replay a journal, that the file is there.
    let run = r"
        mount -o loop,offset=2097152 disk.img root || exit 9
        strace -qq -y -o trace -e trace=ioctl ./runtime pre-boot pre-boot --prefix=root --override-grub-device=disk.img || exit 10
        cp --sparse=never disk.img copy.img
        umount root
    ";
    let status = Command::new("unshare")
        .args(["--mount", "sh", "-c", run])
        .current_dir(machine.folder.path())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    if status.code() == Some(9) {
        eprintln!("SKIPPED: no loop device");
        return;
    }
    assert!(status.success(), "{status}");
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
    assert!(listing.contains("system-installer-machine"), "{listing}");
}

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
            eprintln!("SKIPPED: no loop device: {}", String::from_utf8_lossy(&output.stderr));
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
