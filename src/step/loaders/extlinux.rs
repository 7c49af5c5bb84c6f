//! `extlinux.conf`, a menu that U-Boot and syslinux read.

use serde::{Deserialize, Serialize};
use tree::{Tree, fields};

/// Where the menu and its files are written, and what its entries say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Tree")]
pub struct Extlinux {
    /// Directories beneath the root, as `/boot`: the menu is `extlinux/extlinux.conf` in each. Several are mirrors of each other.
    pub paths: Vec<String>,
    /// How many generations the menu has at the most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration_limit: Option<u32>,
    /// Whether an entry names the device trees of its own generation; without, U-Boot takes its own.
    pub use_generation_device_tree: bool,
    /// The one among a generation's device trees that fits the board, a path as `vendor/board.dtb`; without one U-Boot chooses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_tree: Option<String>,
}

fields!(Extlinux: paths, configuration_limit, use_generation_device_tree, device_tree);
