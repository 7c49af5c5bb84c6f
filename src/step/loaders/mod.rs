//! The boot loaders that a step can carry: the table of them, and a file for what each is told.

mod external;
mod extlinux;
mod grub;
mod systemd_boot;

pub use external::External;
pub use extlinux::Extlinux;
pub use grub::{GRUB_DIRECTORIES, Grub, GrubBios, GrubEfi};
pub use systemd_boot::SystemdBoot;

use serde::{Deserialize, Serialize};
use tree::{FromTree, Tree};

/// Declares the enum of all boot loaders; in JSON the attribute `type` says which one it is.
macro_rules! loaders {
    ($($(#[doc = $doc:literal])+ $word:literal => $loader:ident;)+) => {
        /// A boot loader.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "type", try_from = "Tree")]
        pub enum Loader {
            $($(#[doc = $doc])+ #[serde(rename = $word)] $loader($loader),)+
        }

        impl TryFrom<Tree> for Loader {
            type Error = String;

            fn try_from(mut tree: Tree) -> Result<Self, String> {
                let Tree::Attrs(attrs) = &mut tree else {
                    return Err("expected a boot loader".to_owned());
                };
                let place = attrs.iter().position(|(name, _)| name == "type");
                match place.map(|place| attrs.remove(place).1) {
                    $(Some(Tree::String(word)) if word == $word => Ok(Self::$loader(tree.try_into()?)),)+
                    _ => Err(format!("`type`: expected one of `{}`", [$($word),+].join("`, `"))),
                }
            }
        }
    };
}

loaders! {
    /// GRUB, for BIOS, UEFI or both.
    "grub" => Grub;
    /// systemd-boot, for UEFI.
    "systemd-boot" => SystemdBoot;
    /// `extlinux.conf`, for U-Boot and syslinux.
    "generic-extlinux-compatible" => Extlinux;
    /// A command that installs the boot loader itself.
    "external" => External;
}

impl FromTree for Loader {
    fn from_tree(tree: Tree) -> Result<Self, String> {
        Self::try_from(tree)
    }
}
