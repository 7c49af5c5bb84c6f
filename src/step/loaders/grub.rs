//! GRUB, for BIOS, UEFI or both.

use serde::{Deserialize, Serialize};
use tree::{Tree, fields};

/// The directories beneath the root that GRUB's files come into: its menu, and the kernels that it cannot read in the store.
pub const GRUB_DIRECTORIES: [&str; 2] = ["/boot/grub", "/boot/kernels"];

/// GRUB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct Grub {
    /// The disks that BIOS boots from; several are mirrors of each other.
    pub devices: Vec<String>,
    /// The images for BIOS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bios: Option<GrubBios>,
    /// The image for UEFI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub efi: Option<GrubEfi>,
    /// The name of the file in `/boot/grub` by which the images find the file system that they boot from.
    pub marker: String,
    /// How many generations the menu has at the most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration_limit: Option<u32>,
    /// GRUB commands that go into grub.cfg before the entries.
    pub extra_config: String,
}

fields!(Grub: devices, bios, efi, marker, configuration_limit, extra_config);

/// GRUB's images for BIOS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Tree")]
pub struct GrubBios {
    /// The store path of `boot.img`, the boot sector.
    pub boot: String,
    /// The store path of `core.img`.
    pub core: String,
}

fields!(GrubBios: boot, core);

/// GRUB's image for UEFI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct GrubEfi {
    /// The store path of the image.
    pub image: String,
    /// Whether it goes where firmware looks without being told (`EFI/BOOT`).
    pub removable: bool,
    /// Its name there, as the UEFI specification says for the architecture: `BOOTX64.EFI`.
    pub fallback_name: String,
}

fields!(GrubEfi: image, removable, fallback_name);
