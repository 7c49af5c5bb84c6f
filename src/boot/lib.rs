//! Boot loaders: turns the generations of a profile into menus, kernels and loaders on disks and EFI system partitions (ESPs).
//!
//! Everything is decided first: what there is to do comes out as a list of [`Operation`]s, and nothing is written until
//! that list is complete. A dry run prints it.

pub mod block;
pub mod bootspec;
pub mod date;
pub mod device;
pub mod disk;
pub mod efi_variables;
mod freeze;
pub mod generations;
pub mod kind;
pub mod load_option;
pub mod loaders;
pub mod menu;
pub mod mount_relative;
pub mod mount_table;
pub mod names;
pub mod operation;
pub mod secrets;
pub mod store;
mod superblock;
pub mod transaction;

pub use operation::Operation;
pub use store::Contents;

use prefix::{Error, Prefix};
use tree::path::beneath;

/// The places: the directory trees that boot files are written to. Operations name a place by its number. Place 0 is the system's
/// root, whose `/boot` gets files; places 1, 2, ... are the EFI system partitions (ESPs).
#[derive(Debug)]
pub struct Places {
    /// The system's root.
    pub root: Prefix,
    /// The EFI system partitions; several are mirrors of each other.
    pub esps: Vec<Prefix>,
    /// For an image build: the mount points of the file systems that will be made from the tree at `root`. Questions
    /// about file systems are answered from this list then, as the one that the tree itself lies on has nothing to do with them.
    pub planned: Option<Vec<String>>,
}

impl Places {
    /// The place with this number.
    pub fn get(&self, place: usize) -> Option<&Prefix> {
        match place.checked_sub(1) {
            None => Some(&self.root),
            Some(n) => self.esps.get(n),
        }
    }

    /// A number that identifies the file system of `path`, which lies beneath the root: two paths with the same number lie on
    /// the same file system.
    ///
    /// # Errors
    /// Where the kernel does not tell.
    pub fn file_system(&self, path: &str) -> Result<u64, Error> {
        match &self.planned {
            None => self.root.device(path),
            Some(points) => Ok(innermost(points, path).map_or(0, |point| point.len() as u64)),
        }
    }

    /// Where `path`, beneath the root, lies within its own file system: the path for a loader, which knows no mounts.
    ///
    /// # Errors
    /// Where a parent is missing or cannot be looked at.
    pub fn within_file_system(&self, path: &str) -> Result<String, Error> {
        match &self.planned {
            None => mount_relative::within_file_system(&self.root, path),
            Some(points) => {
                let path = mount_relative::real(&self.root, path)?;
                let point = innermost(points, &path).map_or("", |point| point.trim_end_matches('/'));
                Ok(path[point.len()..].to_owned())
            }
        }
    }
}

/// The longest of the mount points that `path` lies in.
pub fn innermost<'a>(points: impl IntoIterator<Item = &'a String>, path: &str) -> Option<&'a String> {
    let holds = |point: &str| beneath(point, path).is_some_and(|rest| !rest.is_empty());
    let points = points.into_iter().filter(|point| holds(point));
    points.max_by_key(|point| point.len())
}

#[cfg(test)]
mod tests {
    use super::innermost;

    #[test]
    fn a_path_lies_in_the_innermost_mount_point() {
        let points = ["/", "/boot", "/boot/efi", "/bo"].map(str::to_owned);
        for (path, point) in [
            ("/boot/grub/grub.cfg", "/boot"),
            ("/boot/efi/EFI", "/boot/efi"),
            ("/boots/x", "/"),
            ("/nix/store/x", "/"),
        ] {
            assert_eq!(innermost(&points, path).map(String::as_str), Some(point), "{path}");
        }
        assert_eq!(innermost(&points[1..], "/nix/store/x"), None);
    }
}
