//! Boot loaders: from the generations of a profile to what lies on disks and EFI system partitions.
//!
//! Everything is decided first: what there is to do comes out as a list of [`Operation`]s, and nothing is written until
//! that list is complete. A dry run prints it.

pub mod block;
pub mod bootspec;
pub mod date;
pub mod device;
pub mod disk;
pub mod efi_variables;
pub mod esp;
mod freeze;
pub mod generations;
pub mod kind;
pub mod load_option;
pub mod loaders;
pub mod menu;
pub mod mount_table;
pub mod names;
pub mod operation;
pub mod own_path;
pub mod secrets;
pub mod store;
mod superblock;

pub use operation::Operation;
pub use store::Contents;

use prefix::{Error, Prefix};
use tree::path::beneath;

/// Where operations work: the root, which is place 0, and the EFI system partitions, which are places 1, 2, ...
#[derive(Debug)]
pub struct Places {
    /// The system's root.
    pub root: Prefix,
    /// The EFI system partitions; several are mirrors of each other.
    pub esps: Vec<Prefix>,
    /// Where the root is a tree that file systems are yet to be made of: their mount points. Then nothing is asked of the
    /// file systems that the tree itself lies on.
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

    /// A number that tells the file system of `path`, beneath the root, from others.
    ///
    /// # Errors
    /// Where the kernel does not tell.
    pub fn file_system(&self, path: &str) -> Result<u64, Error> {
        match &self.planned {
            None => self.root.device(path),
            Some(points) => Ok(innermost(points, path).map_or(0, |point| point.len() as u64)),
        }
    }

    /// The path, on its own file system, of what lies at `path` beneath the root.
    ///
    /// # Errors
    /// Where a parent is missing or cannot be looked at.
    pub fn on_its_file_system(&self, path: &str) -> Result<String, Error> {
        match &self.planned {
            None => own_path::on_its_file_system(&self.root, path),
            Some(points) => {
                let path = own_path::real(&self.root, path)?;
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
