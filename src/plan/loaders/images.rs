//! The boot images of an output: made by its build, named by its `pre-boot`. Paths within the output.

use crate::firmware::Uefi;

/// GRUB's boot sector for BIOS.
pub const GRUB_BOOT: &str = "grub/i386-pc/boot.img";
/// GRUB for BIOS.
pub const GRUB_CORE: &str = "grub/i386-pc/core.img";
/// Several initial RAM disks in one.
pub const INITRD: &str = "initrd";

/// GRUB for UEFI.
pub fn grub_efi(uefi: &Uefi) -> String {
    format!("grub/{}/{}", uefi.grub_platform, uefi.grub_image)
}

/// systemd-boot.
pub fn systemd_boot(uefi: &Uefi) -> String {
    format!("systemd-boot/{}", uefi.systemd_boot_image)
}

/// The device trees, as in NixOS's systems.
pub const DEVICE_TREES: &str = "dtbs";
