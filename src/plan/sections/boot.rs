//! `boot`: the kernel, its command line, and the boot loader that starts it.

use super::Command;
use crate::many::{Initrds, MountPoints, Packages};
use crate::number::{Count, Timeout};
use crate::section::section;
use crate::text::{Device, GrubCommands, KernelParameter, Label, Source, StorePath};

section! {
    /// How a disk boots the system.
    Boot, "an attribute set with `kernel` and `loader`";

    /// The kernel: a file that the boot loader can start.
    kernel: Source = "kernel" [required] example "\"${linux}/bzImage\"";

    /// The initial RAM disk; of several, one is made of one after the other.
    initrd: Initrds = "initrd" [optional] example "\"${initrd}/initrd\"";

    /// Parameters of the kernel, as Documentation/admin-guide/kernel-parameters has them; a value with spaces stands in
    /// double quotes. `init=` is added.
    kernel_params: Vec<KernelParameter> = "kernelParams" [default "[ ]"]
        example "[ \"console=ttyS0\" \"root=LABEL=root\" ]";

    /// What the menu calls the system.
    label: Label = "label" [default "`name`"] example "\"Web server 1\"";

    /// The system that the menu starts, as its own `boot.json` says, where that is another one than the plan's own.
    system: StorePath = "system" [optional] example "config.system.build.toplevel";

    /// The boot loader.
    loader: Loader = "loader" [required] example "{ grub = { device = \"/dev/sda\"; package = pkgs.grub2; }; }";
}

section! {
    /// The boot loader: exactly one of `grub`, `systemd-boot` and `external`, and what they have in common.
    Loader, "an attribute set with `grub`, `systemd-boot` or `external`";

    /// How long the menu waits, in seconds; `null` waits for ever.
    timeout: Timeout = "timeout" [default "5"] example "null";

    /// GRUB, for BIOS, UEFI or both.
    grub: Grub = "grub" [optional] example "{ device = \"/dev/sda\"; package = pkgs.grub2; }";

    /// systemd-boot, for UEFI.
    systemd_boot: SystemdBoot = "systemd-boot" [optional] example "{ package = pkgs.systemd; }";

    /// A command that installs a boot loader.
    external: External = "external" [optional] example "{ command = [ \"${package}/bin/install-boot-loader\" ]; }";

    /// The EFI system partitions.
    efi: Efi = "efi" [default "{ }"] example "{ canTouchEfiVariables = true; }";
}

section! {
    /// GRUB.
    Grub, "an attribute set with `device` and `package`";

    /// The disk whose boot sector BIOS starts; `nodev` where only UEFI is wanted.
    device: Device = "device" [optional] example "\"/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001\"";

    /// Several disks, mirrors of each other: each boots without the others.
    devices: Vec<Device> = "devices" [default "`device` alone; without it, the disks of `disks` that have a partition of the type `EF02`"] example "[ \"/dev/sda\" \"/dev/sdb\" ]";

    /// Whether GRUB is installed for UEFI.
    efi_support: bool = "efiSupport" [default "false"] example "true";

    /// Whether it goes where firmware looks without being told (`EFI/BOOT`), as on removable media.
    efi_install_as_removable: bool = "efiInstallAsRemovable" [default "false"] example "true";

    /// How many generations the menu has at the most.
    configuration_limit: Count = "configurationLimit" [default "100"] example "20";

    /// GRUB commands that go into grub.cfg before the entries.
    extra_config: GrubCommands = "extraConfig" [default "\"\""]
        example "\"serial --unit=0\\nterminal_output serial\\n\"";

    /// GRUB itself, with `bin/grub-mkimage` and the platforms in `lib/grub`; a list where the platform of BIOS and that of
    /// UEFI come in two packages. Only the build uses it.
    package: Packages = "package" [required to build] example "pkgs.grub2";
}

section! {
    /// systemd-boot.
    SystemdBoot, "an attribute set with `package`";

    /// How many generations the menu has at the most.
    configuration_limit: Count = "configurationLimit" [optional] example "20";

    /// Whether the menu lets a person edit the kernel's command line.
    editor: bool = "editor" [default "true"] example "false";

    /// Falls back to an older generation when a new one does not come up.
    boot_counting: BootCounting = "bootCounting" [default "{ }"] example "{ enable = true; }";

    /// systemd, with the boot loader in `lib/systemd/boot/efi`. Only the build uses it.
    package: StorePath = "package" [required to build] example "pkgs.systemd";
}

section! {
    /// Automatic boot assessment.
    BootCounting, "an attribute set with `enable`";

    /// Whether entries are counted.
    enable: bool = "enable" [default "false"] example "true";

    /// How often a new entry is tried before it counts as bad.
    tries: Count = "tries" [default "3"] example "2";
}

section! {
    /// A command that installs a boot loader.
    External, "an attribute set with `command`";

    /// The command; the system's store path is added as its last word, as NixOS does for `installHook`.
    command: Command = "command" [required] example "[ \"${package}/bin/install-boot-loader\" ]";
}

section! {
    /// The EFI system partitions.
    Efi, "an attribute set with `efiSysMountPoint`";

    /// Where the EFI system partition is mounted; a list names mirrors of each other.
    efi_sys_mount_point: MountPoints = "efiSysMountPoint" [default "\"/boot\""] example "\"/efi\"";

    /// Whether the firmware's list of what it boots may be changed.
    can_touch_efi_variables: bool = "canTouchEfiVariables" [default "false"] example "true";
}
