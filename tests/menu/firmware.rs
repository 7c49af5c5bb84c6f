//! ESPs that a UEFI boots: from the firmware to systemd-boot, and on to the entry of a generation. In place of a kernel the
//! entries start GRUB, which says on the serial line who it is, and switches the machine off.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::menu::{Machine, names, store_path, systemd_boot};

const SYSTEMD_BOOT: &str = "/usr/lib/systemd/boot/efi/systemd-bootx64.efi";
const GRUB: &str = "/usr/lib/grub/x86_64-efi";
const FIRMWARE: &str = "/usr/share/ovmf/OVMF.fd";
/// Where the ESP begins on its disk.
const OFFSET: &str = "1M";

/// A machine with two generations, `old` and `new`, whose kernels say their names; `None` where something is missing.
fn machine(tries: Option<u32>) -> Option<Machine> {
    let programs = ["grub-mkimage", "qemu-system-x86_64", "mformat", "sfdisk"];
    let has = |program: &&str| {
        let mut command = Command::new(program);
        command
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok()
    };
    if ![SYSTEMD_BOOT, GRUB, FIRMWARE]
        .iter()
        .all(|path| Path::new(path).exists())
        || !programs.iter().all(has)
    {
        skipped!(
            "systemd-boot-efi, grub-efi-amd64-bin, grub-common, ovmf, mtools, fdisk and qemu-system-x86 are needed to boot"
        );
        return None;
    }
    let mut machine = Machine::new(systemd_boot(tries));
    machine.timeout = Some(0);
    machine.store("loader", "systemd-bootx64.efi", &fs::read(SYSTEMD_BOOT).unwrap());
    for (number, name) in [(1, "old"), (2, "new")] {
        let mut bootspec = machine.bootspec(name, &format!("kernel-{name}"));
        bootspec["initrd"] = json!(null);
        fs::write(
            machine.path("early.cfg"),
            format!("serial\nterminal_output serial\necho this is {name}\nhalt\n"),
        )
        .unwrap();
        let status = Command::new("grub-mkimage")
            .args(["-d", GRUB, "-O", "x86_64-efi", "-p", "/", "-c", "early.cfg", "-o"])
            .arg(machine.root(bootspec["kernel"].as_str().unwrap()))
            .args(["serial", "terminal", "echo", "halt", "minicmd"])
            .current_dir(machine.folder.path())
            .status();
        assert!(status.unwrap().success());
        machine.generation(number, &machine.system_with(name, &bootspec, &json!({})));
    }
    Some(machine)
}

fn run(machine: &Machine, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(machine.folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
    said.into_owned()
}

/// Makes a disk of the ESP.
fn disk(machine: &Machine) {
    fs::write(machine.path("disk.img"), "").unwrap();
    fs::File::options()
        .write(true)
        .open(machine.path("disk.img"))
        .and_then(|file| file.set_len(36 << 20))
        .unwrap();
    let table = "echo 'label: gpt\nstart=2048, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B' | sfdisk -q disk.img";
    run(machine, "sh", &["-c", table]);
    let image = format!("disk.img@@{OFFSET}");
    run(machine, "mformat", &["-i", &image, "-T", "69632", "-F", "::"]);
    run(machine, "mcopy", &["-s", "-i", &image, "esp1/EFI", "esp1/loader", "::"]);
}

/// What the machine says on its serial line.
fn boot(machine: &Machine) -> String {
    let output = Command::new("timeout")
        .args([
            "120",
            "qemu-system-x86_64",
            "-accel",
            "tcg",
            "-m",
            "256",
            "-nographic",
            "-no-reboot",
            "-net",
            "none",
        ])
        .args(["-bios", FIRMWARE, "-drive", "file=disk.img,format=raw"])
        .current_dir(machine.folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_older_generation_boots_where_it_is_the_default() {
    let Some(machine) = machine(None) else { return };
    machine.install(&store_path("old"));
    disk(&machine);
    let said = boot(&machine);
    assert!(said.contains("this is old"), "{said}");
}

#[test]
fn systemd_boot_counts_the_newest_down_and_then_takes_the_other() {
    let Some(machine) = machine(Some(1)) else { return };
    machine.install(&store_path("new"));
    disk(&machine);
    let said = boot(&machine);
    assert!(said.contains("this is new"), "{said}");
    // Nobody said that it was good.
    let said = boot(&machine);
    assert!(said.contains("this is old"), "{said}");
    // The counters that systemd-boot left stay, and only a new entry gets a fresh one.
    let image = format!("disk.img@@{OFFSET}");
    fs::remove_dir_all(machine.path("esp1")).unwrap();
    fs::create_dir(machine.path("esp1")).unwrap();
    run(
        &machine,
        "mcopy",
        &["-s", "-n", "-i", &image, "::/EFI", "::/loader", "esp1"],
    );
    assert_eq!(machine.decide(&store_path("new")).unwrap().operations, []);
    let entries = names(&machine.path("esp1").join("loader/entries"));
    assert!(entries.iter().all(|name| name.ends_with("+0-1.conf")), "{entries:?}");
}
