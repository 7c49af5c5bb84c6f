//! Which firmware the machines of a system have, and how boot loaders are called there. One row for each architecture.

/// The firmware of an architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Firmware {
    /// GRUB's platform for BIOS. `None` where there is no BIOS.
    pub bios: Option<&'static str>,
    /// The names for UEFI.
    pub efi: Uefi,
}

/// The names of UEFI programs for an architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uefi {
    /// GRUB's platform.
    pub grub_platform: &'static str,
    /// GRUB's image, by `grub-install`'s name.
    pub grub_image: &'static str,
    /// systemd-boot's image, by systemd's name.
    pub systemd_boot_image: &'static str,
    /// The program in `EFI/BOOT` that firmware starts by itself (UEFI specification, 3.5.1.1).
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
    /// The firmware of the machines of `system`, which is written as in `derivation`.
    pub fn of(system: &str) -> Option<&'static Self> {
        let (architecture, _) = system.split_once('-')?;
        KNOWN
            .iter()
            .find(|(known, _)| *known == architecture)
            .map(|(_, firmware)| firmware)
    }

    /// The architectures in the table.
    pub fn architectures() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(architecture, _)| *architecture)
    }
}
