//! What boot loaders need to know of a directory tree besides its files: names in a directory, real paths, free space, dates.

use std::os::fd::AsFd;

use rustix::fs::{AtFlags, Mode, OFlags, StatVfsMountFlags};
use rustix::io::Errno;

use super::error::Operation;
use super::inspect::absent;
use super::resolve::{lossy, walk};
use super::{Error, Prefix};

/// The room on a file system, as statvfs(3) gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// The size of a block in bytes: a file takes a whole number of them. On FAT it is the cluster.
    pub block: u64,
    /// The bytes that are free for users without privileges; `None` where the file system has no limit of its own.
    pub available: Option<u64>,
}

impl Prefix {
    /// Opens the directory at `path` as a prefix of its own. Links on the way, and a final one, are resolved beneath this prefix.
    ///
    /// # Errors
    /// Where it is missing or no directory.
    pub fn open_beneath(&self, path: &str) -> Result<Self, Error> {
        if super::split(path).is_none() {
            return Err(Error::NotNormalised(path.to_owned()));
        }
        let fail = |errno| self.error(Operation::OpenPrefix, path, errno);
        let directory = self
            .resolve(&path[1..])
            .map_err(|errno| self.resolution_error(Operation::OpenPrefix, path, errno))?;
        let root = directory.as_fd().try_clone_to_owned();
        let root = root.map_err(|error| fail(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
        Ok(Self::from_descriptor(root, self.display(path)))
    }

    /// The names in the directory at `path`, sorted, without `.` and `..`; none where there is no directory. A final link
    /// is followed, beneath the prefix.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn list(&self, path: &str) -> Result<Vec<String>, Error> {
        if super::split(path).is_none() {
            return Err(Error::NotNormalised(path.to_owned()));
        }
        let fail = |errno| self.error(Operation::Read, path, errno);
        let directory = match self.resolve(&path[1..]) {
            Ok(directory) => directory,
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(Vec::new()),
            Err(errno) => return Err(self.resolution_error(Operation::Read, path, errno)),
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let readable = rustix::fs::openat(&directory, ".", flags, Mode::empty()).map_err(fail)?;
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::new(readable).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name().to_bytes().to_vec();
            if name != b"." && name != b".." {
                let name = lossy(name);
                // Inserted in order: the library's sort is ten kilobytes for each type.
                let at = names.partition_point(|other| *other < name);
                names.insert(at, name);
            }
        }
        Ok(names)
    }

    /// The path of the directory at `path` without links; `None` where there is none.
    ///
    /// # Errors
    /// Where the kernel does not tell.
    pub fn real_directory(&self, path: &str) -> Result<Option<String>, Error> {
        use std::os::unix::ffi::OsStringExt;

        if super::split(path).is_none() {
            return Err(Error::NotNormalised(path.to_owned()));
        }
        match walk(self.root.as_fd(), &path[1..]) {
            Ok(levels) => {
                let names = levels.into_iter().skip(1).map(|level| lossy(level.name.into_vec()));
                Ok(Some(format!("/{}", names.collect::<Vec<_>>().join("/"))))
            }
            Err((Errno::NOENT | Errno::NOTDIR, _)) => Ok(None),
            Err((errno, _)) => Err(self.resolution_error(Operation::Inspect, path, errno)),
        }
    }

    /// When what lies at `path` was last changed, in seconds since 1970. A final link is not followed.
    ///
    /// # Errors
    /// Where the kernel does not tell.
    #[allow(clippy::useless_conversion)] // the widths differ between architectures
    pub fn modified(&self, path: &str) -> Result<Option<i64>, Error> {
        let Some((parent, name)) = absent(self.parent(Operation::Inspect, path))? else {
            return Ok(None);
        };
        match rustix::fs::statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat.st_mtime.into())),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(self.resolution_error(Operation::Inspect, path, errno)),
        }
    }

    /// The room on the file system of the directory that holds `path`; while that is missing, of its nearest parent that exists.
    ///
    /// # Errors
    /// Where the kernel does not tell.
    pub fn space(&self, path: &str) -> Result<Space, Error> {
        let fail = |errno| self.error(Operation::Inspect, path, errno);
        let top = self.file_system(path)?.top;
        let directory = self
            .resolve(&top[1..])
            .map_err(|errno| self.resolution_error(Operation::Inspect, path, errno))?;
        let found = rustix::fs::fstatvfs(&directory).map_err(fail)?;
        let block = found.f_frsize.max(1);
        // A tmpfs without a limit says that it has no blocks at all.
        let available = (found.f_blocks > 0).then_some(found.f_bavail.saturating_mul(block));
        Ok(Space { block, available })
    }

    /// Whether the prefix is on a file system that cannot be written to.
    pub fn is_read_only(&self) -> bool {
        rustix::fs::fstatvfs(&self.root).is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::RDONLY))
    }

    /// Whether the prefix is on a FAT file system.
    pub fn is_fat(&self) -> bool {
        const MSDOS_SUPER_MAGIC: i64 = 0x4d44;
        #[allow(clippy::useless_conversion, clippy::unnecessary_cast)] // the widths differ between architectures
        rustix::fs::fstatfs(&self.root).is_ok_and(|found| found.f_type as i64 == MSDOS_SUPER_MAGIC)
    }
}
