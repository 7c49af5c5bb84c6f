//! What firmware the machines of a system have, and what boot loaders are called there. One row for each architecture.

/// The firmware of an architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Firmware {
    /// GRUB's platform for BIOS, where there is one.
    pub bios: Option<&'static str>,
    /// UEFI.
    pub efi: Uefi,
}

/// What UEFI's programs are called for an architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uefi {
    /// GRUB's platform.
    pub grub_platform: &'static str,
    /// GRUB's image, as `grub-install` calls it.
    pub grub_image: &'static str,
    /// systemd-boot's image, as systemd calls it.
    pub systemd_boot_image: &'static str,
    /// What firmware starts from `EFI/BOOT` without being told (UEFI specification, 3.5.1.1).
    pub fallback_name: &'static str,
}

/// The architectures whose machines can be made to boot.
const KNOWN: &[(&str, Firmware)] = &[
    (
        "aarch64",
        Firmware {
            bios: None,
            efi: Uefi {
                grub_platform: "arm64-efi",
                grub_image: "grubaa64.efi",
                systemd_boot_image: "systemd-bootaa64.efi",
                fallback_name: "BOOTAA64.EFI",
            },
        },
    ),
    (
        "i686",
        Firmware {
            bios: Some("i386-pc"),
            efi: Uefi {
                grub_platform: "i386-efi",
                grub_image: "grubia32.efi",
                systemd_boot_image: "systemd-bootia32.efi",
                fallback_name: "BOOTIA32.EFI",
            },
        },
    ),
    (
        "x86_64",
        Firmware {
            bios: Some("i386-pc"),
            efi: Uefi {
                grub_platform: "x86_64-efi",
                grub_image: "grubx64.efi",
                systemd_boot_image: "systemd-bootx64.efi",
                fallback_name: "BOOTX64.EFI",
            },
        },
    ),
];

impl Firmware {
    /// The firmware of the machines of a system, which is named as in `derivation`.
    pub fn of(system: &str) -> Option<&'static Self> {
        let (architecture, _) = system.split_once('-')?;
        KNOWN
            .iter()
            .find(|(known, _)| *known == architecture)
            .map(|(_, firmware)| firmware)
    }

    /// The architectures that have a row.
    pub fn architectures() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(architecture, _)| *architecture)
    }
}
