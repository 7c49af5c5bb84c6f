//! Looking at what lies beneath a prefix, without changing it.

use std::fs;
use std::io::{self, Read};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use sha2::{Digest, Sha256};

use super::error::Operation;
use super::resolve::lossy;
use super::writers::{self, Writers};
use super::{Error, Prefix};

/// What lies at a path. A final link is not followed: it is the link itself that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Permissions, setuid, setgid and sticky included.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Owning group.
    pub gid: u32,
    /// Number of hard links.
    pub links: u64,
    /// Size in bytes.
    pub size: u64,
    /// `st_dev`.
    pub device: u64,
    /// `st_ino`.
    pub inode: u64,
}

/// The kind of what lies at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link and its target. In a target that is not UTF-8, U+FFFD replaces the bytes that are not. No plan made such a
    /// link, since a plan is UTF-8 text.
    Symlink(String),
    /// Anything else: `FIFO`, `socket`, `block device`, `character device` or `file of unknown type`.
    Other(&'static str),
}

impl Kind {
    /// The kind in words, for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::File => "regular file",
            Self::Symlink(_) => "symbolic link",
            Self::Other(name) => name,
        }
    }
}

impl Prefix {
    /// What lies at `path`. `None` where nothing does: it or a parent is missing, or a parent is not a directory.
    ///
    /// # Errors
    /// Where the kernel does not tell, or a loop of links is on the way.
    pub fn inspect(&self, path: &str) -> Result<Option<Found>, Error> {
        let Some((parent, name)) = absent(self.parent(Operation::Inspect, path))? else {
            return Ok(None);
        };
        let fail = |errno| self.error(Operation::Inspect, path, errno);
        let stat = match rustix::fs::statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(fail(errno)),
        };
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => Kind::Directory,
            FileType::RegularFile => Kind::File,
            FileType::Symlink => match rustix::fs::readlinkat(&parent, name, Vec::new()) {
                Ok(target) => Kind::Symlink(lossy(target.into_bytes())),
                Err(errno) => return Err(fail(errno)),
            },
            other => Kind::Other(special(other)),
        };
        Ok(Some(Found::new(kind, &stat)))
    }

    /// Whether there is a directory at `path`, reached through a link or not.
    ///
    /// # Errors
    /// As [`Prefix::inspect`].
    pub fn leads_to_directory(&self, path: &str) -> Result<bool, Error> {
        if super::split(path).is_none() {
            return Err(Error::NotNormalised(path.to_owned()));
        }
        match self.resolve(&path[1..]) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
            Err(errno) => Err(self.resolution_error(Operation::Inspect, path, errno)),
        }
    }

    /// The contents of the regular file at `path`; `None` where [`Prefix::inspect`] finds nothing.
    ///
    /// # Errors
    /// Where it cannot be read, or something else lies there (a final link is not followed).
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        self.read_at_most(path, u64::MAX)
    }

    /// As [`Prefix::read`], but an error where the file has more than `limit` bytes.
    ///
    /// # Errors
    /// As [`Prefix::read`].
    pub fn read_at_most(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, Error> {
        let Some(file) = self.open_file(path)? else {
            return Ok(None);
        };
        let mut contents = Vec::new();
        file.take(limit.saturating_add(1))
            .read_to_end(&mut contents)
            .map_err(|error| self.read_error(path, &error))?;
        if contents.len() as u64 > limit {
            return Err(Error::TooLarge {
                path: self.display(path),
                limit,
            });
        }
        Ok(Some(contents))
    }

    /// The contents of the regular file at `path`, and who could have written it: who owns it, or may write to it or to the
    /// directories on the way to it. `None` where [`Prefix::inspect`] finds nothing.
    ///
    /// # Errors
    /// As [`Prefix::read`].
    pub fn read_with_writers(&self, path: &str) -> Result<Option<(Vec<u8>, Writers)>, Error> {
        let Some(mut file) = self.open_file(path)? else {
            return Ok(None);
        };
        let stat = rustix::fs::fstat(&file).map_err(|errno| self.error(Operation::Read, path, errno))?;
        let writers = self.writers(path)?.and(writers::of(&stat));
        let mut contents = Vec::new();
        file.read_to_end(&mut contents)
            .map_err(|error| self.read_error(path, &error))?;
        Ok(Some((contents, writers)))
    }

    /// The SHA-256 of the regular file at `path`; `None` where [`Prefix::inspect`] finds nothing.
    ///
    /// # Errors
    /// As [`Prefix::read`].
    pub fn hash(&self, path: &str) -> Result<Option<[u8; 32]>, Error> {
        let Some(mut file) = self.open_file(path)? else {
            return Ok(None);
        };
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok(Some(hash.finalize().into())),
                Ok(length) => hash.update(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.read_error(path, &error)),
            }
        }
    }

    /// Opens the regular file at `path` for reading. Its kind is checked before it is opened, since opening a device can
    /// have side effects. If it is exchanged for a FIFO just then, `O_NONBLOCK` keeps us from hanging.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub fn open_file(&self, path: &str) -> Result<Option<fs::File>, Error> {
        let Some((parent, name)) = absent(self.parent(Operation::Read, path))? else {
            return Ok(None);
        };
        let check = |stat: Result<Stat, Errno>| match stat.map(|stat| FileType::from_raw_mode(stat.st_mode)) {
            Ok(FileType::RegularFile) => Ok(true),
            Ok(other) => Err(Error::InTheWay {
                operation: Operation::Read,
                path: self.display(path),
                what: special(other),
            }),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(self.error(Operation::Read, path, errno)),
        };
        if !check(rustix::fs::statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW))? {
            return Ok(None);
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&parent, name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(self.error(Operation::Read, path, errno)),
        };
        check(rustix::fs::fstat(&file))?;
        Ok(Some(file.into()))
    }

    fn read_error(&self, path: &str, error: &io::Error) -> Error {
        self.error(Operation::Read, path, Errno::from_io_error(error).unwrap_or(Errno::IO))
    }
}

impl Found {
    /// Identifies it: anything else that has its name later differs in this.
    pub(super) fn identity(&self) -> (u64, u64, u32, u32) {
        (self.device, self.inode, self.uid, self.gid)
    }

    #[allow(clippy::useless_conversion)] // the widths differ between architectures
    pub(super) fn new(kind: Kind, stat: &Stat) -> Self {
        Self {
            kind,
            mode: stat.st_mode & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            links: stat.st_nlink.into(),
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            device: stat.st_dev,
            inode: stat.st_ino,
        }
    }
}

/// A missing parent, or a parent that is no directory, means that nothing is there.
pub(super) fn absent<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::System {
            errno: Errno::NOENT | Errno::NOTDIR,
            ..
        }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A file type in words.
pub(super) fn special(kind: FileType) -> &'static str {
    match kind {
        FileType::Directory => "directory",
        FileType::RegularFile => "regular file",
        FileType::Symlink => "symbolic link",
        FileType::Fifo => "FIFO",
        FileType::Socket => "socket",
        FileType::BlockDevice => "block device",
        FileType::CharacterDevice => "character device",
        FileType::Unknown => "file of unknown type",
    }
}
