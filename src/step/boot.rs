//! How a disk boots: what `pre-boot` carries where the plan has a boot loader.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tree::{Tree, fields};

use crate::Loader;

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
    /// The file systems that must be mounted beneath the root before `pre-boot` writes: otherwise the loader's files
    /// would lie where the machine does not boot from. It gives the plan's `fsType` by mount point. The root's own is
    /// not among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mounts: Option<BTreeMap<String, String>>,
}

fields!(Boot: timeout, loader, efi, mounts);

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
