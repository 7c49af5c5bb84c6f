//! Disks that pre-boot made bootable, booted: from the BIOS to GRUB's core image, and on to the grub.cfg in the file system
//! with the marker, whose first commands say so on the serial line and switch the machine off.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::boot::machine::{BIOS_BOOT, LINUX, MARKER, Machine};

const GRUB: &str = "/usr/lib/grub/i386-pc";
/// As the core images of plans are configured, in short.
const EARLY: &str = r#"regexp --set=1:disk "^.([^,)]*)" $cmdpath
search --no-floppy --file --set=root --hint=$disk, /boot/grub/"#;
const MODULES: [&str; 14] = [
    "biosdisk",
    "part_gpt",
    "part_msdos",
    "ext2",
    "xfs",
    "btrfs",
    "search",
    "search_fs_file",
    "regexp",
    "serial",
    "terminal",
    "echo",
    "configfile",
    "halt",
];
const SAID: &str = "the configuration was read";

/// A machine with GRUB's own images; `None` where GRUB or QEMU is missing.
fn machine() -> Option<Machine> {
    let has = |program: &str| {
        let status = Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    };
    if !Path::new(GRUB).is_dir() || !has("grub-mkimage") || !has("qemu-system-x86_64") {
        skipped!("grub-common, grub-pc-bin and qemu-system-x86 are needed to boot");
        return None;
    }
    let mut machine = Machine::new();
    let commands = format!("serial\nterminal_output serial\necho {SAID}\nhalt\n");
    machine.plan(|boot| boot["loader"]["extraConfig"] = commands.into(), &Value::Null);
    build(&mut machine, "");
    Some(machine)
}

/// Makes a core image, with `more` modules, and takes it into the plan.
fn build(machine: &mut Machine, more: &str) {
    let early = format!("{EARLY}{MARKER}\nset prefix=($root)/boot/grub\nconfigfile /boot/grub/grub.cfg\n");
    fs::write(machine.path("early.cfg"), early).unwrap();
    let mut command = Command::new("grub-mkimage");
    command.args([
        "-d",
        GRUB,
        "-O",
        "i386-pc",
        "-o",
        "core.img",
        "-p",
        "/boot/grub",
        "-c",
        "early.cfg",
    ]);
    command.args(MODULES).args(more.split_whitespace());
    assert!(command.current_dir(machine.folder.path()).status().unwrap().success());
    let boot = fs::read(Path::new(GRUB).join("boot.img")).unwrap();
    let core = machine.bytes("core.img");
    machine.images("system", &boot, &core);
}

/// Installs onto `disk`, and then makes its root at `offset` out of the prefix: no loop device, no mount.
fn install(machine: &Machine, disk: &str, offset: usize) {
    machine.succeed(&[&format!("--override-grub-device={disk}")]);
    let status = Command::new("mkfs.ext4")
        .args(["-q", "-F", "-d", "root", "-E", &format!("offset={offset}"), disk, "12M"])
        .current_dir(machine.folder.path())
        .status();
    assert!(status.expect("mkfs.ext4(8) is needed for this test").success());
}

/// What the machine says on its serial line with these disks, the first of which the BIOS boots.
fn boot(machine: &Machine, disks: &[&str]) -> String {
    let mut command = Command::new("timeout");
    command.args([
        "120",
        "qemu-system-x86_64",
        "-accel",
        "tcg",
        "-m",
        "128",
        "-nographic",
        "-no-reboot",
        "-net",
        "none",
    ]);
    for disk in disks {
        command.arg("-drive").arg(format!("file={disk},format=raw,snapshot=on"));
    }
    let output = command
        .current_dir(machine.folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn assert_boots(machine: &Machine, disks: &[&str]) {
    let said = boot(machine, disks);
    assert!(said.contains(SAID), "{said}");
}

#[test]
fn a_disk_with_a_gpt_boots_from_either_half_of_its_bios_boot_partition() {
    let Some(mut machine) = machine() else { return };
    machine.disk(
        "disk.img",
        16,
        &format!("label: gpt\nstart=2048, size=2048, type={BIOS_BOOT}\ntype={LINUX}\n"),
    );
    install(&machine, "disk.img", 2 << 20);
    assert_boots(&machine, &["disk.img"]);
    build(&mut machine, "minicmd");
    let said = machine.succeed(&["--override-grub-device=disk.img", "--dry-run"]);
    assert!(said.contains("bytes at 1572864\n"), "{said}");
    machine.succeed(&["--override-grub-device=disk.img"]);
    assert_boots(&machine, &["disk.img"]);
}

#[test]
fn each_disk_of_a_mirrored_pair_boots_without_the_other() {
    let Some(machine) = machine() else { return };
    for disk in ["a.img", "b.img"] {
        machine.disk(disk, 16, "label: dos\nstart=4096, type=83, bootable\n");
        install(&machine, disk, 2 << 20);
    }
    for disks in [&["a.img"][..], &["b.img"], &["a.img", "b.img"]] {
        assert_boots(&machine, disks);
    }
}

#[test]
fn a_boot_loader_that_was_there_is_replaced() {
    let Some(machine) = machine() else { return };
    machine.disk("disk.img", 16, "label: dos\nstart=2048, type=83, bootable\n");
    // It says nothing and stops.
    machine.patch("disk.img", 0, &[0xFA, 0xF4]);
    install(&machine, "disk.img", 1 << 20);
    assert_boots(&machine, &["disk.img"]);
}
