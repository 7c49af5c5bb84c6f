//! How a disk boots: what `pre-boot` carries where the plan has a boot loader.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use tree::{FromTree, Tree, fields};

/// The directories beneath the root that GRUB's files come into: its menu, and the kernels that it cannot read in the store.
pub const GRUB_DIRECTORIES: [&str; 2] = ["/boot/grub", "/boot/kernels"];

/// A boot loader and its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct Boot {
    /// How long the menu waits, in seconds; for ever without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
    /// The boot loader.
    pub loader: Loader,
    /// The EFI system partitions.
    pub efi: Efi,
    /// What has to be mounted beneath the root for all this to lie where the machine boots from: the `fsType` of the plan's file
    /// systems that the loader's files come onto, by mount point. The root's own is not among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mounts: Option<BTreeMap<String, String>>,
}

fields!(Boot: timeout, loader, efi, mounts);

/// A boot loader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", try_from = "Tree")]
pub enum Loader {
    /// GRUB, for BIOS, UEFI or both.
    Grub(Grub),
    /// systemd-boot, for UEFI.
    SystemdBoot(SystemdBoot),
    /// A command that installs the boot loader itself.
    External(External),
}

impl TryFrom<Tree> for Loader {
    type Error = String;

    fn try_from(mut tree: Tree) -> Result<Self, String> {
        let Tree::Attrs(attrs) = &mut tree else {
            return Err("expected a boot loader".to_owned());
        };
        let kind = attrs
            .iter()
            .position(|(name, _)| name == "type")
            .map(|n| attrs.remove(n).1);
        match kind {
            Some(Tree::String(kind)) if kind == "grub" => Ok(Self::Grub(tree.try_into()?)),
            Some(Tree::String(kind)) if kind == "systemd-boot" => Ok(Self::SystemdBoot(tree.try_into()?)),
            Some(Tree::String(kind)) if kind == "external" => Ok(Self::External(tree.try_into()?)),
            _ => Err("`type`: expected `grub`, `systemd-boot` or `external`".to_owned()),
        }
    }
}

impl FromTree for Loader {
    fn from_tree(tree: Tree) -> Result<Self, String> {
        Self::try_from(tree)
    }
}

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

/// systemd-boot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct SystemdBoot {
    /// The store path of the image.
    pub image: String,
    /// Its name in `EFI/BOOT`, as the UEFI specification says for the architecture: `BOOTX64.EFI`.
    pub fallback_name: String,
    /// How many generations the menu has at the most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration_limit: Option<u32>,
    /// Whether the menu lets a person edit the kernel's command line.
    pub editor: bool,
    /// How often a new entry is tried before it counts as bad; without it, entries are not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<u32>,
}

fields!(SystemdBoot: image, fallback_name, configuration_limit, editor, tries);

/// A command that installs a boot loader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Tree")]
pub struct External {
    /// The command; the system's store path is added as its last word.
    pub command: Vec<String>,
}

fields!(External: command);

/// The EFI system partitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct Efi {
    /// Where they are mounted, beneath the prefix; several are mirrors of each other.
    pub mount_points: Vec<String>,
    /// Whether the firmware's boot entries may be changed.
    pub can_touch_efi_variables: bool,
}

fields!(Efi: mount_points, can_touch_efi_variables);
