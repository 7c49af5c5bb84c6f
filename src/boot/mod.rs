//! Boot loaders: from the generations of a profile to what lies on disks and EFI system partitions.
//!
//! Everything is decided first: what there is to do comes out as a list of [`Operation`]s, and nothing is written until
//! that list is complete. A dry run prints it.

pub mod bootspec;
pub mod date;
pub mod device;
pub mod disk;
pub mod efi_variables;
pub mod esp;
mod freeze;
pub mod generations;
pub mod grub_bios;
pub mod grub_cfg;
pub mod grub_path;
pub mod install;
pub mod load_option;
pub mod loader_entry;
pub mod menu;
pub mod names;
pub mod operation;
pub mod readable;
pub mod secrets;
pub mod store;
mod superblock;

pub use operation::{Contents, Operation};

use crate::prefix::Prefix;

/// Where operations work: the root, which is place 0, and the EFI system partitions, which are places 1, 2, ...
#[derive(Debug)]
pub struct Places {
    /// The system's root.
    pub root: Prefix,
    /// The EFI system partitions; several are mirrors of each other.
    pub esps: Vec<Prefix>,
}

impl Places {
    /// The place with this number.
    pub fn get(&self, place: usize) -> Option<&Prefix> {
        match place.checked_sub(1) {
            None => Some(&self.root),
            Some(n) => self.esps.get(n),
        }
    }
}
