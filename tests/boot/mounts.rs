//! File systems of the plan that the boot loader's files come onto: where one is not mounted, or another one is, pre-boot refuses
//! before the first write, unless somebody insists.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::boot::devices::{in_namespace, with_root};
use crate::boot::machine::{Machine, ONTO_DISK, gpt, is_root};

const PRE_BOOT: &str = "./runtime pre-boot pre-boot --prefix=root";

/// A machine with systemd-boot on these mount points, and with these file systems in its plan.
fn with_esps(esps: &[&str], mounts: &Value) -> Machine {
    let mut machine = Machine::new();
    let image = machine.path("store/system/systemd-bootx64.efi");
    for path in [
        image.clone(),
        machine.path("root").join(image.strip_prefix("/").unwrap()),
    ] {
        fs::write(path, "systemd-boot").unwrap();
    }
    for esp in esps {
        fs::create_dir_all(machine.path("root").join(esp.trim_start_matches('/'))).unwrap();
    }
    let loader = json!({ "type": "systemd-boot", "image": image, "fallbackName": "BOOTX64.EFI", "editor": true });
    machine.plan(
        |boot| {
            boot["loader"] = loader;
            boot["efi"]["mountPoints"] = json!(esps);
            boot["mounts"] = mounts.clone();
        },
        &Value::Null,
    );
    machine
}

/// A machine with GRUB for BIOS on a disk image, and with these file systems in its plan.
fn with_grub(mounts: &Value) -> Machine {
    let mut machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    machine.plan(|boot| boot["mounts"] = mounts.clone(), &Value::Null);
    machine
}

/// How much pre-boot has left beneath the root.
fn files(machine: &Machine) -> usize {
    let output = Command::new("find")
        .args([
            "root/boot",
            "root/efi",
            "root/var",
            "-type",
            "f",
            "-o",
            "-path",
            "root/var",
        ])
        .current_dir(machine.folder.path())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).lines().count()
}

fn not_mounted(path: &str) -> String {
    format!("`root{path}` is not a mount point, and the plan has `fileSystems.\"{path}\"`")
}

/// A call with `arguments` is refused with `said`, and with `--force` goes on.
fn refused(machine: &Machine, arguments: &[&str], said: &str) {
    for more in [&["--dry-run"][..], &[]] {
        let output = machine.pre_boot(&[arguments, more].concat());
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            (output.status.code(), error),
            (Some(1), format!("error: {said}: mount it, or give --force\n"))
        );
    }
    assert_eq!(files(machine), 0);
    let told = machine.succeed(&[arguments, &["--force"]].concat());
    assert!(told.contains(&format!("warning: {said}\n")), "{told}");
    assert!(files(machine) > 0);
}

#[test]
fn an_esp_that_is_not_mounted() {
    let machine = with_esps(&["/boot/efi"], &json!({ "/boot/efi": "vfat" }));
    refused(&machine, &[], &not_mounted("/boot/efi"));
    // The folder that is to be the mount point is not there, either.
    let machine = with_esps(&["/efi"], &json!({ "/efi": "vfat" }));
    fs::remove_dir(machine.path("root/efi")).unwrap();
    let output = machine.pre_boot(&[]);
    let said = format!("error: {}: mount it, or give --force\n", not_mounted("/efi"));
    assert_eq!(String::from_utf8_lossy(&output.stderr), said);
}

#[test]
fn a_boot_of_its_own_that_is_not_mounted() {
    let machine = with_grub(&json!({ "/boot": "ext4" }));
    refused(&machine, &[ONTO_DISK], &not_mounted("/boot"));
}

#[test]
fn what_needs_not_be_mounted() {
    // Without an entry in the plan, the root's own file system is meant.
    with_esps(&["/efi"], &json!({})).succeed(&[]);
    with_esps(&["/efi"], &Value::Null).succeed(&[]);
    // A directory that an option names is the user's word.
    let machine = with_esps(&["/efi"], &json!({ "/efi": "vfat" }));
    fs::create_dir(machine.path("esp")).unwrap();
    machine.succeed(&["--override-efi-sys-mount-point=esp"]);
    assert!(machine.path("esp/EFI/BOOT/BOOTX64.EFI").is_file());
    // What another boot loader would go to.
    with_grub(&json!({ "/efi": "vfat" })).succeed(&[ONTO_DISK]);
}

/// Runs `commands` with a file system that `mounted` mounts; `None` where nothing can be mounted.
fn run(machine: &Machine, commands: &str) -> Option<(Option<i32>, String)> {
    if !is_root() {
        eprintln!("SKIPPED: only root can mount a file system");
        return None;
    }
    Some(in_namespace(machine, commands))
}

#[test]
fn one_of_two_mirrors_that_is_not_mounted() {
    let mounts = json!({ "/boot/a": "tmpfs", "/boot/b": "tmpfs" });
    let machine = with_esps(&["/boot/a", "/boot/b"], &mounts);
    let commands =
        format!("mount -t tmpfs tmpfs root/boot/a && {PRE_BOOT}; status=$?; ls root/boot/a >&2; exit $status");
    let Some(found) = run(&machine, &commands) else { return };
    let said = format!("error: {}: mount it, or give --force\n", not_mounted("/boot/b"));
    assert_eq!(found, (Some(1), said));
    assert_eq!(files(&machine), 0);
    let commands = format!("mount -t tmpfs tmpfs root/boot/a && mount -t tmpfs tmpfs root/boot/b && {PRE_BOOT}");
    assert_eq!(run(&machine, &commands).unwrap(), (Some(0), String::new()));
}

#[test]
fn another_file_system_than_the_plans() {
    let machine = with_esps(&["/efi"], &json!({ "/efi": "vfat" }));
    let said = "`root/efi` is a file system of type `tmpfs`, and the plan has `fileSystems.\"/efi\"` of type `vfat`";
    let mount = "mount -t tmpfs tmpfs root/efi";
    let Some(found) = run(&machine, &format!("{mount} && {PRE_BOOT}")) else {
        return;
    };
    assert_eq!(
        found,
        (Some(1), format!("error: {said}: mount the plan's, or give --force\n"))
    );
    let forced = format!("{mount} && {PRE_BOOT} --force | grep -qF '{said}' && [ -e root/efi/EFI/BOOT/BOOTX64.EFI ]");
    assert_eq!(run(&machine, &forced).unwrap(), (Some(0), String::new()));

    let Some((mut machine, boot)) = with_root() else { return };
    let mount = format!("mount {} root/boot", boot.0);
    for (kind, status) in [("ext4", 0), ("auto", 0), ("ext2", 0), ("xfs", 1), ("vfat", 1)] {
        machine.plan(|boot| boot["mounts"] = json!({ "/boot": kind }), &Value::Null);
        let (found, said) = run(
            &machine,
            &format!("{mount} && {PRE_BOOT} {ONTO_DISK}; status=$?; umount root/boot; exit $status"),
        )
        .unwrap();
        assert_eq!(found, Some(status), "{kind}: {said}");
    }
}

#[test]
fn a_bind_mount_is_told_from_a_folder() {
    let machine = with_esps(&["/efi"], &json!({ "/efi": "none" }));
    fs::create_dir(machine.path("root/persist")).unwrap();
    refused(&machine, &["--dry-run"][..0], &not_mounted("/efi"));
    let commands =
        format!("mount --bind root/persist root/efi && {PRE_BOOT} && [ -e root/persist/EFI/BOOT/BOOTX64.EFI ]");
    if let Some(found) = run(&machine, &commands) {
        assert_eq!(found, (Some(0), String::new()));
    }
}

#[test]
fn a_chroot_without_proc_tells_as_well() {
    let machine = with_esps(&["/efi"], &json!({ "/efi": "tmpfs" }));
    let hide = "mount -t tmpfs tmpfs /sys && mount -t tmpfs tmpfs /proc";
    let Some(found) = run(&machine, &format!("{hide} && {PRE_BOOT}")) else {
        return;
    };
    let said = format!("error: {}: mount it, or give --force\n", not_mounted("/efi"));
    assert_eq!(found, (Some(1), said));
    let commands = format!("mount -t tmpfs tmpfs root/efi && {hide} && {PRE_BOOT}");
    assert_eq!(run(&machine, &commands).unwrap(), (Some(0), String::new()));
}

#[test]
fn an_automount_counts_once_it_has_mounted_something() {
    let machine = with_esps(&["/efi"], &json!({ "/efi": "tmpfs" }));
    // A pipe that nobody reads from any more: to enter the directory fails, as where the device is missing.
    let dead = "(sleep 1; mount -t autofs -o fd=1,pgrp=1,minproto=5,maxproto=5,direct automount root/efi; echo $? >mounted) | true";
    let Some((status, said)) = run(&machine, &format!("{dead}; timeout 20 {PRE_BOOT}")) else {
        return;
    };
    if fs::read_to_string(machine.path("mounted")).unwrap() != "0\n" {
        eprintln!("SKIPPED: no autofs");
        return;
    }
    let wanted = format!("error: {}: mount it, or give --force\n", not_mounted("/efi"));
    assert_eq!((status, said), (Some(1), wanted));
}
