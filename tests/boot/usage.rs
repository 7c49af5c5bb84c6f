//! Wrong calls: status 2, before anything is looked at.

use std::process::Command;

use serde_json::{Value, json};

use crate::boot::machine::{Machine, boots, gpt};

/// With a plan that `change` made, `arguments` are a wrong call.
fn wrong(change: impl FnOnce(&mut Value), arguments: &[&str], message: &str) {
    let mut machine = Machine::new();
    machine.plan(change, &Value::Null);
    let output = machine.pre_boot(arguments);
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!("error: {message} (try `--help`)\n")
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}

fn systemd_boot(boot: &mut Value) {
    boot["loader"] = json!({ "type": "systemd-boot", "image": "/i", "fallbackName": "BOOTX64.EFI", "editor": true });
}

fn uefi_alone(boot: &mut Value) {
    let efi = json!({ "image": "/i", "removable": false, "fallbackName": "BOOTX64.EFI" });
    boot["loader"]["efi"] = efi;
    boot["loader"].as_object_mut().unwrap().remove("bios");
}

fn external(boot: &mut Value) {
    boot["loader"] = json!({ "type": "external", "command": ["/bin/false"] });
}

#[test]
fn options_that_contradict_the_plan() {
    let device = &["--override-grub-device=disk.img"];
    let esp = &["--override-efi-sys-mount-point=esp"];
    wrong(
        systemd_boot,
        device,
        "`--override-grub-device` has nothing to override: the plan of `machine` has systemd-boot, which is for UEFI",
    );
    wrong(
        uefi_alone,
        device,
        "`--override-grub-device` has nothing to override: the plan of `machine` has GRUB for UEFI alone",
    );
    wrong(
        |_| (),
        esp,
        "`--override-efi-sys-mount-point` has nothing to override: the plan of `machine` has GRUB for BIOS alone",
    );
    for (arguments, option) in [
        (device, "--override-grub-device"),
        (esp, "--override-efi-sys-mount-point"),
    ] {
        wrong(
            external,
            arguments,
            &format!(
                "`{option}` has nothing to override: the plan of `machine` has a command of its own as boot loader"
            ),
        );
    }
    wrong(
        external,
        &["--profile=/p"],
        "`--profile` means nothing to the command that is the boot loader of `machine`",
    );
    wrong(
        external,
        &[],
        "`--prefix` means nothing to the command that is the boot loader of `machine`",
    );
}

#[test]
fn options_that_contradict_each_other() {
    wrong(
        |_| (),
        &[
            "--override-grub-device=a",
            "--override-grub-device=b",
            "--override-grub-device=a",
        ],
        "`--override-grub-device` names `a` twice",
    );
    wrong(|_| (), &["--profile=a", "--profile=b"], "`--profile` is given twice");
    wrong(
        |_| (),
        &["--override-efi-sys-mount-point=a", "--override-efi-sys-mount-point=b"],
        "`--override-efi-sys-mount-point` is given twice",
    );
}

#[test]
fn names_that_are_empty() {
    wrong(|_| (), &["--override-grub-device="], "the name of the device is empty");
    wrong(
        |_| (),
        &["--profile=here"],
        "`--profile=here` is not an absolute path (beneath the prefix)",
    );
    wrong(|_| (), &["--profile="], "the name of the profile is empty");
    wrong(
        |_| (),
        &["--override-efi-sys-mount-point="],
        "the name of the directory is empty",
    );
}

#[test]
fn an_image_without_its_prefix_where_the_root_is_somebody_elses() {
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    // What would be changed of this machine's root is hidden beneath file systems of this test's own.
    let call = |before: &str, more: &str| {
        let commands = format!(
            "mount -t tmpfs tmpfs /boot && mount -t tmpfs tmpfs /var/lib && {before} && \
             exec ./runtime pre-boot pre-boot --override-grub-device=disk.img {more}"
        );
        let output = Command::new("unshare")
            .args(["--mount", "--map-root-user", "--user", "sh", "-c", &commands])
            .current_dir(machine.folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    };
    let (status, said) = call("true", "");
    if said.contains("unshare") || said.contains("mount:") {
        skipped!("a namespace to mount in is not to be had");
        return;
    }
    let refusal = "error: `disk.img` is the image of a disk, but the menu would go to this machine's own `/boot`, which \
                   system-installer did not set up: say `--prefix=DIR`, or `--prefix=/` to insist (try `--help`)\n";
    assert_eq!((status, said.as_str()), (Some(2), refusal));
    assert!(!boots(&machine.bytes("disk.img"), b'1'));
    assert_eq!(call("true", "--prefix=/"), (Some(0), String::new()));
    let ours = "mkdir /var/lib/system-installer && echo {} > /var/lib/system-installer/record.json";
    assert_eq!(call(ours, ""), (Some(0), String::new()));
    assert!(boots(&machine.bytes("disk.img"), b'1'));
}
