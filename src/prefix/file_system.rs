//! The file systems beneath a prefix: which one a path lies on, and syncing those that were written to.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::PoisonError;

use rustix::fs::{AtFlags, Mode, OFlags, StatxAttributes, StatxFlags};
use rustix::io::Errno;

use super::error::Operation;
use super::resolve::{Parent, lossy, walk};
use super::{Error, Prefix};

/// A file system, as far as it lies beneath the prefix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileSystem {
    /// Its topmost directory beneath the prefix, links resolved: a mount point, or `/` for the one that the prefix lies on.
    pub top: String,
    /// `st_dev`. It changes from boot to boot.
    pub device: u64,
}

/// A file system of which no part lies outside of the prefix: [`Prefix::own_file_system`].
#[derive(Debug)]
pub struct OwnFileSystem {
    /// An open directory of it.
    pub directory: OwnedFd,
    /// Its type, by its number in statfs(2).
    pub kind: u32,
    /// `st_dev`.
    pub device: u64,
}

impl Prefix {
    /// Opens the directory at `path`, links followed, for reading.
    fn open_to_read(&self, operation: Operation, path: &str) -> Result<OwnedFd, Error> {
        if super::split(path).is_none() {
            return Err(Error::NotNormalised(path.to_owned()));
        }
        self.resolve(&path[1..])
            .and_then(open_to_sync)
            .map_err(|errno| self.error(operation, path, errno))
    }

    /// The `st_dev` of the directory that holds `path`; while that is missing, of its nearest parent that exists.
    ///
    /// # Errors
    /// Where the kernel does not tell.
    pub fn device(&self, path: &str) -> Result<u64, Error> {
        match self.parent(Operation::Inspect, path) {
            Ok((parent, _)) => Ok(parent.device),
            Err(Error::System {
                errno: Errno::NOENT | Errno::NOTDIR,
                ..
            }) => Ok(self.file_system(path)?.device),
            Err(error) => Err(error),
        }
    }

    /// The file system of the directory that holds `path`; while that is missing, of its nearest parent that exists.
    ///
    /// # Errors
    /// Where the kernel does not tell.
    pub fn file_system(&self, path: &str) -> Result<FileSystem, Error> {
        use std::os::unix::ffi::OsStringExt;

        let (directory, _) = super::split(path).ok_or_else(|| Error::NotNormalised(path.to_owned()))?;
        let levels = match walk(self.root.as_fd(), directory) {
            Ok(levels) | Err((Errno::NOENT | Errno::NOTDIR, levels)) => levels,
            Err((errno, _)) => return Err(self.resolution_error(Operation::Inspect, path, errno)),
        };
        let Some(device) = levels.last().map(|level| level.device) else {
            return Err(self.error(Operation::Inspect, path, Errno::NOENT));
        };
        let below = levels
            .iter()
            .rposition(|level| level.device != device)
            .map_or(0, |last_other| last_other + 1);
        let names: Vec<String> = levels
            .into_iter()
            .take(below + 1)
            .skip(1)
            .map(|level| lossy(level.name.into_vec()))
            .collect();
        Ok(FileSystem {
            top: format!("/{}", names.join("/")),
            device,
        })
    }

    /// The file system that `path` lies on; while `path` is missing, that of its nearest parent that exists. `None` where a
    /// part of that file system lies outside of the prefix. One example is a folder that an image is made from: it lies on a
    /// file system that has nothing to do with the system in it.
    ///
    /// # Errors
    /// Where the kernel does not tell.
    pub fn own_file_system(&self, path: &str) -> Result<Option<OwnFileSystem>, Error> {
        let fail = |errno| self.error(Operation::Inspect, path, errno);
        let FileSystem { top, device } = self.file_system(path)?;
        if top == "/" {
            let own = rustix::fs::fstat(&self.root).map_err(fail)?;
            let above = rustix::fs::statat(&self.root, "..", AtFlags::empty()).map_err(fail)?;
            if own.st_dev == above.st_dev && own.st_ino != above.st_ino {
                return Ok(None);
            }
        }
        let directory = self.open_to_read(Operation::Inspect, &top)?;
        let kind = rustix::fs::fstatfs(&directory).map_err(fail)?.f_type;
        Ok(Some(OwnFileSystem {
            directory,
            // Four bytes, which some architectures extend by their sign.
            kind: u32::try_from(kind & 0xFFFF_FFFF).unwrap_or_default(),
            device,
        }))
    }

    /// The type of the file system that is mounted on the prefix, by its number in statfs(2). `None` where nothing is mounted
    /// there, or only an automount that failed to mount anything. A bind mount counts as mounted, but kernels before 5.8 do
    /// not tell of bind mounts within one file system. This works without `/proc`, as in a chroot.
    ///
    /// # Errors
    /// Where the kernel does not tell.
    pub fn mounted(&self) -> Result<Option<u32>, Error> {
        const AUTOFS: u32 = 0x0187;
        let fail = |errno| self.error(Operation::Inspect, "/", errno);
        // Opening the directory triggered an automount, if there is one. So the descriptor is of what it mounted.
        let kind =
            u32::try_from(rustix::fs::fstatfs(&self.root).map_err(fail)?.f_type & 0xFFFF_FFFF).unwrap_or_default();
        let is_mounted = if let Some(is_mounted) = is_mount_root(&self.root) {
            is_mounted
        } else {
            let own = rustix::fs::fstat(&self.root).map_err(fail)?;
            let above = rustix::fs::statat(&self.root, "..", AtFlags::empty()).map_err(fail)?;
            // The root of this process is its own parent.
            own.st_dev != above.st_dev || own.st_ino == above.st_ino
        };
        Ok((is_mounted && kind != AUTOFS).then_some(kind))
    }

    /// Syncs every file system that was written to through this prefix since it was opened.
    ///
    /// # Errors
    /// Where one of them reports a failed write (Linux 5.8 and later).
    pub fn sync(&self) -> Result<(), Error> {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        for descriptor in written.values() {
            match descriptor {
                Some(descriptor) => {
                    rustix::fs::syncfs(descriptor).map_err(|errno| self.error(Operation::Sync, "/", errno))?;
                }
                None => rustix::fs::sync(),
            }
        }
        Ok(())
    }

    /// Syncs the file system of the directory that holds `path` (while that is missing, of its nearest parent that exists),
    /// whoever wrote to it.
    ///
    /// # Errors
    /// As [`Prefix::sync`].
    pub fn sync_file_system(&self, path: &str) -> Result<(), Error> {
        let FileSystem { top, .. } = self.file_system(path)?;
        let directory = self.open_to_read(Operation::Sync, &top)?;
        rustix::fs::syncfs(directory).map_err(|errno| self.error(Operation::Sync, path, errno))
    }

    /// Notes that something was written in `parent`.
    pub(super) fn wrote(&self, parent: &Parent) {
        self.wrote_in(parent, parent.device);
    }

    /// Notes that something was written in `directory`, which lies on `device`.
    pub(super) fn wrote_in(&self, directory: impl AsFd, device: u64) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        // syncfs takes no O_PATH descriptor. For a directory that may be written to but not read there is none (`None`): then
        // all file systems are synced.
        written.entry(device).or_insert_with(|| open_to_sync(directory).ok());
    }
}

/// Whether `directory` is the top of a mount; `None` where the kernel does not say so.
fn is_mount_root(directory: impl AsFd) -> Option<bool> {
    let root = StatxAttributes::MOUNT_ROOT;
    let found = rustix::fs::statx(directory, "", AtFlags::EMPTY_PATH, StatxFlags::empty()).ok()?;
    let is_told = found.stx_attributes_mask.contains(root);
    is_told.then(|| found.stx_attributes.contains(root))
}

pub(super) fn open_to_sync(directory: impl AsFd) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::openat(directory, ".", flags, Mode::empty())
}
