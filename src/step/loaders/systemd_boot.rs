//! systemd-boot, for UEFI.

use serde::{Deserialize, Serialize};
use tree::{Tree, fields};

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
