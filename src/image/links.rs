//! Files of a store with several names. Nix makes them where it optimises a store (`auto-optimise-store`): whether it did is
//! none of a closure's, and a file system that took the links over would be another one on every machine.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tree::FileError;

use super::root::{Error, entries};

/// What has been seen of a closure.
#[derive(Debug, Default)]
pub struct Links {
    with_symlinks: bool,
    known: HashSet<(u64, u64)>,
}

impl Links {
    /// For a closure of which nothing has been seen; of symbolic links, too, where a file system's tool takes links of theirs
    /// over (mkfs.erofs does, mkfs.ext4 does not).
    pub fn new(with_symlinks: bool) -> Self {
        Self {
            with_symlinks,
            known: HashSet::new(),
        }
    }

    /// The names in `store_path`, itself perhaps, of what had another name before.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn again(&mut self, store_path: &Path) -> Result<Vec<PathBuf>, Error> {
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
    fn every_name_but_the_first_is_told_in_all_of_a_closure() {
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
