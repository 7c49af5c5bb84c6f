//! Finds the files of a store that have several names (hard links).
//!
//! Nix makes links where it optimises a store (`auto-optimise-store`), so the same closure has them on one machine and not on
//! another. An image with links in it would differ: so each name becomes a file of its own there.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tree::FileError;

use super::directory::entries;

/// The files of a closure that have been seen so far.
#[derive(Debug, Default)]
pub struct Links {
    with_symlinks: bool,
    known: HashSet<(u64, u64)>,
}

impl Links {
    /// For a closure of which nothing has been seen. `with_symlinks` says whether symbolic links with several names count as
    /// well: they have to where the tool for the file system keeps them so (mkfs.erofs does, mkfs.ext4 does not).
    pub fn new(with_symlinks: bool) -> Self {
        Self {
            with_symlinks,
            known: HashSet::new(),
        }
    }

    /// The paths in `store_path`, itself perhaps, that are further names of a file seen before, here or in another store path.
    ///
    /// # Errors
    /// Where the store path cannot be read.
    pub fn again(&mut self, store_path: &Path) -> Result<Vec<PathBuf>, FileError> {
        let mut again = Vec::new();
        let mut left = vec![store_path.to_owned()];
        while let Some(path) = left.pop() {
            let found = fs::symlink_metadata(&path).map_err(FileError::at("look at", &path))?;
            if found.is_dir() {
                left.extend(entries(&path)?);
            } else if found.nlink() > 1
                && (self.with_symlinks || !found.is_symlink())
                && !self.known.insert((found.dev(), found.ino()))
            {
                again.push(path);
            }
        }
        Ok(again)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn every_name_but_the_first_is_found_in_all_of_a_closure() {
        let store = tempfile::tempdir().unwrap();
        let path = |name: &str| store.path().join(name);
        fs::create_dir(path("one")).unwrap();
        fs::write(path("one/file"), "").unwrap();
        fs::write(path("one/alone"), "").unwrap();
        symlink("nowhere", path("one/symlink")).unwrap();
        fs::hard_link(path("one/file"), path("one/second")).unwrap();
        fs::hard_link(path("one/file"), path("two")).unwrap();
        fs::hard_link(path("one/symlink"), path("one/other-symlink")).unwrap();

        let mut links = Links::new(false);
        assert_eq!(links.again(&path("one")).unwrap().len(), 1);
        assert_eq!(links.again(&path("two")).unwrap(), [path("two")]);
        assert_eq!(Links::new(true).again(&path("one")).unwrap().len(), 2);
    }
}
