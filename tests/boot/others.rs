//! Disks that have to do with something else than the prefix: refused before the first write, unless somebody insists.

use std::fs;

use serde_json::{Value, json};

use crate::boot::devices::{Loop, in_namespace, minor, with_disk, with_root};
use crate::boot::machine::{Machine, boots};

const PRE_BOOT: &str = "./runtime pre-boot pre-boot --prefix=root";
/// Mounts the device of the disk's second partition on the prefix, with what that holds.
const MOUNT_ROOT: &str = "cp -aT root filled && mount $ROOT root && cp -aT filled root";

/// A machine whose plan names a device of its disk, with that device and one of the disk's root.
fn planned() -> Option<(Machine, Loop, Loop)> {
    let (mut machine, root) = with_root()?;
    let disk = Loop::new(&machine.path("disk.img"), &[])?;
    let name = disk.0.clone();
    machine.plan(|boot| boot["loader"]["devices"] = json!([name]), &Value::Null);
    Some((machine, disk, root))
}

/// Runs `commands`, in which `$DISK` and `$ROOT` are the devices; the status and what was said on standard error.
fn run(machine: &Machine, disk: &Loop, root: &Loop, commands: &str) -> (Option<i32>, String) {
    in_namespace(machine, &format!("DISK={} ROOT={}; {commands}", disk.0, root.0))
}

/// What `commands`, which end with a call of pre-boot, refuse: nothing is written to the disk, nor beneath the prefix.
fn refused(machine: &Machine, disk: &Loop, root: &Loop, commands: &str, message: &str) {
    let commands = format!(
        "{commands}; status=$?; [ ! -e root/boot/grub ] && [ ! -e root/var ] || echo written >&2; exit $status"
    );
    let (status, said) = run(machine, disk, root, &commands);
    assert_eq!((status, said), (Some(1), format!("error: {message}\n")));
    assert!(!boots(&machine.bytes("disk.img"), b'1'), "the disk was written to");
}

#[test]
fn the_plans_device_that_the_prefix_does_not_lie_on() {
    let Some((machine, disk, root)) = planned() else { return };
    let said = format!("`{}` holds nothing of `root`", disk.0);
    let message = format!("{said}: name the right disk in --override-grub-device, or give --force");
    refused(&machine, &disk, &root, PRE_BOOT, &message);
    refused(&machine, &disk, &root, &format!("{PRE_BOOT} --dry-run"), &message);
    // Another file system that is mounted there has as little to do with it.
    let elsewhere = format!("mount -t tmpfs tmpfs root && mkdir root/boot && {PRE_BOOT}");
    refused(&machine, &disk, &root, &elsewhere, &message);

    // One that an option names is the right one, if it has nothing to do with anything.
    machine.succeed(&[&format!("--override-grub-device={}", disk.0)]);
    assert!(boots(&machine.bytes("disk.img"), b'1'));
    let told = machine.succeed(&["--force", "--dry-run"]);
    assert!(told.contains(&format!("warning: {said}\n")), "{told}");
}

#[test]
fn the_plans_device_that_the_prefix_lies_on() {
    let Some((machine, disk, root)) = planned() else { return };
    let commands = format!("{MOUNT_ROOT} && {PRE_BOOT}; status=$?; umount root; exit $status");
    assert_eq!(run(&machine, &disk, &root, &commands), (Some(0), String::new()));
    assert!(boots(&machine.bytes("disk.img"), b'1'));
}

#[test]
fn the_plans_device_with_the_store_or_boot_alone() {
    for place in ["root/boot", "root/nix/store"] {
        let Some((machine, disk, root)) = planned() else { return };
        let commands = format!("mkdir -p {place} && mount $ROOT {place} && {PRE_BOOT}");
        assert_eq!(
            run(&machine, &disk, &root, &commands),
            (Some(0), String::new()),
            "{place}"
        );
    }
    let Some((machine, disk, root)) = planned() else { return };
    let message = format!(
        "`{}` holds nothing of `root`: name the right disk in --override-grub-device, or give --force",
        disk.0
    );
    let commands = format!("mkdir -p root/home && mount $ROOT root/home && {PRE_BOOT}");
    refused(&machine, &disk, &root, &commands, &message);
}

#[test]
fn a_device_with_a_file_system_that_is_mounted_elsewhere() {
    let Some((machine, disk, root)) = planned() else { return };
    fs::create_dir(machine.path("else where")).unwrap();
    let point = machine.path("else where").canonicalize().unwrap();
    let point = point.display();
    let mount = "mount $ROOT 'else where'";
    let said = format!("`{}` holds `{point}` of this machine, and nothing of `root`", disk.0);
    refused(
        &machine,
        &disk,
        &root,
        &format!("{mount} && {PRE_BOOT}"),
        &format!("{said}: name the right disk in --override-grub-device, or give --force"),
    );
    let onto = "--override-grub-device=$DISK";
    let message = format!("{said}: name another disk, or give --force");
    refused(
        &machine,
        &disk,
        &root,
        &format!("{mount} && {PRE_BOOT} {onto}"),
        &message,
    );
    // The disk is that of the prefix, too.
    let message = format!(
        "`{}` holds `{point}` of this machine, not only `root`: name another disk, or give --force",
        disk.0
    );
    let both =
        format!("mkdir root/nix && {mount} && mount $ROOT root/nix && mkdir root/nix/store && {PRE_BOOT} {onto}");
    refused(&machine, &disk, &root, &both, &message);
    // A folder on a file system is no system of its own: its disk holds the rest as well.
    let within =
        format!("{mount} && cp -a root 'else where' && {PRE_BOOT}='else where/root' {onto}").replace("=root", "");
    let message = format!(
        "`{}` holds `{point}` of this machine, not only `else where/root`: name another disk, or give --force",
        disk.0
    );
    refused(&machine, &disk, &root, &within, &message);

    // A file is the user's word.
    let file = format!("{mount} && {PRE_BOOT} --override-grub-device=disk.img --dry-run");
    assert_eq!(run(&machine, &disk, &root, &file), (Some(0), String::new()));
    let forced = format!(
        "{mount} && {PRE_BOOT} {onto} --force | grep -F 'warning: {}'",
        said.replace('`', ".")
    );
    let forced = forced.replace("grep -F", "grep");
    assert_eq!(run(&machine, &disk, &root, &forced), (Some(0), String::new()));
    assert!(boots(&machine.bytes("disk.img"), b'1'));
}

#[test]
fn a_device_that_is_mounted_for_other_processes_alone() {
    let Some((machine, disk, root)) = planned() else { return };
    fs::create_dir(machine.path("elsewhere")).unwrap();
    let message = format!(
        "`{0}` holds something that this machine uses, and nothing of `root`: name another disk, or give --force",
        root.0
    );
    let commands = format!(
        "mount $ROOT elsewhere && \
         unshare --mount sh -c 'umount elsewhere && exec {PRE_BOOT} --override-grub-device={}'",
        root.0
    );
    refused(&machine, &disk, &root, &commands, &message);
}

#[test]
fn a_device_with_swap_space() {
    let Some((machine, disk, root)) = planned() else { return };
    // As the kernel would have it: to swap there would be this machine's business.
    let swap = "printf 'Filename Type Size Used Priority\\n%s partition 1 0 -2\\n' $ROOT >swaps && \
                mount --bind swaps /proc/swaps";
    let onto = "--override-grub-device=$DISK";
    let message = format!(
        "`{}` holds swap space of this machine (`{}`), and nothing of `root`: name another disk, or give --force",
        disk.0, root.0
    );
    refused(
        &machine,
        &disk,
        &root,
        &format!("{swap} && {PRE_BOOT} {onto}"),
        &message,
    );
    // Who installs a system turns on its swap, too.
    let own = format!("{swap} && {MOUNT_ROOT} && {PRE_BOOT} {onto}; status=$?; umount root; exit $status");
    assert_eq!(run(&machine, &disk, &root, &own), (Some(0), String::new()));
}

/// As sysfs would have it if the device of the root were made of a partition of the disk: encrypted, a volume, an array.
#[test]
fn a_device_beneath_others() {
    let Some((machine, disk, root)) = planned() else { return };
    let sysfs = format!(
        "mount -t tmpfs tmpfs /sys/dev/block && \
         mkdir -p /sys/dev/block/disk/part /sys/dev/block/mapped/slaves/part && \
         echo 7:{0} >/sys/dev/block/disk/dev && echo 2 >/sys/dev/block/disk/part/partition && \
         echo 240:77 >/sys/dev/block/mapped/slaves/part/dev && \
         ln -s disk /sys/dev/block/7:{0} && ln -s disk/part /sys/dev/block/240:77 && ln -s mapped /sys/dev/block/7:{1}",
        minor(&disk),
        minor(&root)
    );
    fs::create_dir(machine.path("elsewhere")).unwrap();
    let point = machine.path("elsewhere").canonicalize().unwrap();
    let message = format!(
        "`{}` holds `{}` of this machine, and nothing of `root`: name another disk, or give --force",
        disk.0,
        point.display()
    );
    let elsewhere = format!("{sysfs} && mount $ROOT elsewhere && {PRE_BOOT} --override-grub-device=$DISK");
    refused(&machine, &disk, &root, &elsewhere, &message);
    let own = format!("{sysfs} && {MOUNT_ROOT} && {PRE_BOOT}; status=$?; umount root; exit $status");
    assert_eq!(run(&machine, &disk, &root, &own), (Some(0), String::new()));
    assert!(boots(&machine.bytes("disk.img"), b'1'));
}

#[test]
fn where_the_kernel_does_not_tell_the_plans_word_counts() {
    for hide in [
        "mount -t tmpfs tmpfs /sys",
        "mount -t tmpfs tmpfs /sys && mount -t tmpfs tmpfs /proc",
    ] {
        let Some((machine, disk, root)) = planned() else { return };
        assert_eq!(
            run(&machine, &disk, &root, &format!("{hide} && {PRE_BOOT}")),
            (Some(0), String::new()),
            "{hide}"
        );
        assert!(boots(&machine.bytes("disk.img"), b'1'));
    }
}

#[test]
fn the_plans_device_that_is_not_there() {
    let Some(mut machine) = with_disk() else { return };
    let Some(disk) = Loop::new(&machine.path("disk.img"), &[]) else {
        return;
    };
    let devices = json!(["/dev/no/disk", disk.0]);
    machine.plan(|boot| boot["loader"]["devices"] = devices, &Value::Null);
    let said = "there is no `/dev/no/disk`, which the plan has GRUB on";
    let message = format!("{said}: name another disk in --override-grub-device, or give --force to do without it");
    refused(&machine, &disk, &disk, PRE_BOOT, &message);
    let told = machine.succeed(&["--force"]);
    assert!(told.contains(&format!("warning: {said}\n")), "{told}");
    assert!(boots(&machine.bytes("disk.img"), b'1'));
}
