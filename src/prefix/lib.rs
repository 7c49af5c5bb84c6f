//! Files beneath a prefix, and nowhere else. A prefix is a directory that is, or will be, the root of a system.
//!
//! Every access starts at the prefix's own descriptor; the parents of a path are resolved as the system itself would
//! resolve them after a chroot (`resolve.rs`), and its last component is never followed. So a link planted in the prefix
//! cannot lead out of it. A file is replaced by name; the contents of its inode, which may have other names, never change.
//!
//! Paths are absolute strings inside the prefix, without `.`, `..` and empty components: `/etc/motd`.
//!
//! Nothing here needs `/proc`, a particular uid or a capability. What the kernel refuses is recognised by errno.

mod change;
mod create;
mod error;
mod file_system;
mod inspect;
mod lock;
mod look;
pub mod owners;
mod resolve;
mod stage;
mod temporary;
mod writers;

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use once_cell::race::OnceBool;
use rustix::fs::{Mode, OFlags};

pub use change::{Changed, Committed, Granted};
pub use error::{Error, Operation};
pub use file_system::{FileSystem, OwnFileSystem};
pub use inspect::{Found, Kind};
pub use lock::flock_within;
pub use lock::{AccountsLock, Lock};
pub use look::Space;
pub use stage::Staged;
pub use writers::Writers;

use resolve::Parent;

/// A directory that is, or will be, the root of a system.
#[derive(Debug)]
pub struct Prefix {
    /// Opened with `O_PATH`, which needs no permission to read.
    root: OwnedFd,
    /// As the person wrote it; for messages.
    path: PathBuf,
    /// Whether openat2(2) is unusable here; unset until the first path is resolved.
    without_openat2: OnceBool,
    /// The last parent that was resolved: entries mostly come sorted, so the next one has the same.
    last_parent: Mutex<Option<(String, Parent)>>,
    /// A descriptor for each file system that was written to, by `st_dev`, for [`Prefix::sync`].
    written: Mutex<BTreeMap<u64, Option<OwnedFd>>>,
}

impl Prefix {
    /// Opens the directory at `path`, a path of this machine. Links are followed as usual.
    ///
    /// # Errors
    /// Where it does not exist, is no directory or may not be searched.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(path, flags, Mode::empty())
            .map_err(|errno| Error::system(Operation::OpenPrefix, path.to_owned(), errno))?;
        Ok(Self::from_descriptor(root, path.to_owned()))
    }

    fn from_descriptor(root: OwnedFd, path: PathBuf) -> Self {
        Self {
            root,
            path,
            without_openat2: OnceBool::new(),
            last_parent: Mutex::new(None),
            written: Mutex::new(BTreeMap::new()),
        }
    }

    /// From now on resolves paths component by component, as on a kernel without openat2(2). No effect once a path has
    /// been resolved.
    pub fn force_fallback(&self) {
        let _ = self.without_openat2.set(true);
    }

    /// The prefix as it was given to [`Prefix::open`].
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How the person at the host would write `path`, for messages only: `/mnt` and `/etc/motd` give `/mnt/etc/motd`.
    pub fn display(&self, path: &str) -> PathBuf {
        self.path.join(path.trim_start_matches('/'))
    }

    /// Opens the directory at `path`, relative to the prefix; empty for the prefix itself.
    fn resolve(&self, path: &str) -> Result<Parent, rustix::io::Errno> {
        resolve::resolve(&self.root, path, &self.without_openat2)
    }

    /// The parent directory of `path`, and its last component (`.` for the prefix itself).
    fn parent<'a>(&self, operation: Operation, path: &'a str) -> Result<(Parent, &'a str), Error> {
        let (directory, name) = split(path).ok_or_else(|| Error::NotNormalised(path.to_owned()))?;
        let mut last = self.last_parent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, parent)) = &*last
            && known == directory
        {
            return Ok((parent.clone(), name));
        }
        let parent = self
            .resolve(directory)
            .map_err(|errno| self.resolution_error(operation, path, errno))?;
        *last = Some((directory.to_owned(), parent.clone()));
        Ok((parent, name))
    }

    /// To be called whenever a directory or a link was removed: the path of the last parent may lead elsewhere now.
    fn forget_parent(&self) {
        *self.last_parent.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The error of a failed resolution. EPERM is how [`resolve::walk`] reports a link that it does not follow.
    fn resolution_error(&self, operation: Operation, path: &str, errno: rustix::io::Errno) -> Error {
        match errno {
            rustix::io::Errno::PERM => Error::ForeignLink {
                operation,
                path: self.display(path),
            },
            errno => self.error(operation, path, errno),
        }
    }

    fn error(&self, operation: Operation, path: &str, errno: rustix::io::Errno) -> Error {
        Error::system(operation, self.display(path), errno)
    }
}

/// Parent and last component of `path`; `None` unless it is absolute and normalised.
fn split(path: &str) -> Option<(&str, &str)> {
    if path == "/" {
        return Some(("", "."));
    }
    let inner = path.strip_prefix('/')?;
    if inner
        .split('/')
        .any(|component| matches!(component, "" | "." | "..") || component.contains('\0'))
    {
        return None;
    }
    Some(inner.rsplit_once('/').unwrap_or(("", inner)))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn only_absolute_normalised_paths_are_taken() {
        assert_eq!(split("/"), Some(("", ".")));
        assert_eq!(split("/etc"), Some(("", "etc")));
        assert_eq!(split("/etc/ssh/x"), Some(("etc/ssh", "x")));
        for bad in [
            "", "etc", "//", "/etc/", "//etc", "/./etc", "/etc/..", "/../etc", "/etc//x", "/a\0b",
        ] {
            assert_eq!(split(bad), None, "{bad:?}");
        }
    }
}
