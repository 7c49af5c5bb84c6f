//! A disk: a block device, or a disk image in a regular file. It is opened once, and the same code reads and writes both kinds.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::io::Errno;

use prefix::flock_within;
use tree::errno::errno_text;

use super::block::{self, Identity};

/// A disk that is open.
#[derive(Debug)]
pub struct Device {
    /// The path that it was opened by.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// The size of its sectors in bytes; `None` for a file, whose partition table tells it.
    pub sector_size: Option<u32>,
    identity: Identity,
    /// For a loop device with offset 0: the file or device behind it.
    backing: Option<Identity>,
    file: File,
}

/// Why a disk cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A system call failed.
    #[error("cannot {attempt} `{}`: {}", path.display(), errno_text(*errno))]
    System {
        /// What was attempted.
        attempt: &'static str,
        /// The path that it was attempted on.
        path: PathBuf,
        /// Why it failed.
        errno: Errno,
    },
    /// Another program did not release the lock in time.
    #[error("cannot lock `{}`: another program has held the lock for {seconds} seconds", path.display())]
    LockHeld {
        /// The disk.
        path: PathBuf,
        /// How long we waited, in seconds.
        seconds: u64,
    },
    /// Neither a block device nor a file.
    #[error("`{}` is neither a block device nor a disk image in a regular file", .0.display())]
    NoDisk(PathBuf),
    /// The device is a partition, not a whole disk.
    #[error(
        "`{}` is partition {number} of a disk: name the disk itself, which has the boot sector",
        path.display()
    )]
    Partition {
        /// The device.
        path: PathBuf,
        /// Its partition number, as sysfs tells it.
        number: String,
    },
    /// Two of the paths name the same disk.
    #[error("`{}` and `{}` are the same disk", first.display(), second.display())]
    Twice {
        /// Its first name.
        first: PathBuf,
        /// Its second name.
        second: PathBuf,
    },
}

impl Device {
    /// Opens the disk at `path`; a link is followed, as those in `/dev/disk/by-id` are.
    ///
    /// # Errors
    /// Where there is no disk at `path`, it is a partition, or the kernel does not let it be opened for reading (with `to_write`,
    /// for reading and writing).
    pub fn open(path: &Path, to_write: bool) -> Result<Self, Error> {
        let system = |attempt, errno| Error::System {
            attempt,
            path: path.to_owned(),
            errno,
        };
        let failed =
            |attempt| move |error: io::Error| system(attempt, Errno::from_io_error(&error).unwrap_or(Errno::IO));
        let is_disk = |meta: &Metadata| meta.is_file() || meta.file_type().is_block_device();
        // Looked at before it is opened: opening another kind of device can have side effects.
        if !is_disk(&std::fs::metadata(path).map_err(failed("look at"))?) {
            return Err(Error::NoDisk(path.to_owned()));
        }
        let attempt = if to_write { "open for writing" } else { "open" };
        let mut file = OpenOptions::new()
            .read(true)
            .write(to_write)
            .custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed())
            .open(path)
            .map_err(failed(attempt))?;
        let meta = file.metadata().map_err(failed("look at"))?;
        if !is_disk(&meta) {
            return Err(Error::NoDisk(path.to_owned()));
        }
        let is_device = meta.file_type().is_block_device();
        if is_device && let Some(number) = block::attribute(meta.rdev(), "partition") {
            return Err(Error::Partition {
                path: path.to_owned(),
                number,
            });
        }
        let sector_size = if is_device {
            Some(rustix::fs::ioctl_blksszget(&file).map_err(|errno| system("ask for the sector size of", errno))?)
        } else {
            None
        };
        Ok(Self {
            path: path.to_owned(),
            size: file.seek(SeekFrom::End(0)).map_err(failed("ask for the size of"))?,
            sector_size,
            identity: block::identity(&meta),
            backing: if is_device { block::backing(meta.rdev()) } else { None },
            file,
        })
    }

    /// Whether both are the same disk.
    fn is(&self, other: &Self) -> bool {
        self.backing.unwrap_or(self.identity) == other.backing.unwrap_or(other.identity)
    }

    /// Whether this is a device, not a file.
    pub fn is_device(&self) -> bool {
        self.sector_size.is_some()
    }

    /// Reads `length` bytes at `offset`.
    ///
    /// # Errors
    /// Where they cannot be read, also where they lie behind the end of the disk.
    pub fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; length];
        match self.file.read_exact_at(&mut bytes, offset) {
            Ok(()) => Ok(bytes),
            Err(error) => Err(self.failed("read", &error)),
        }
    }

    /// Whether `bytes` lie at `offset` already.
    ///
    /// # Errors
    /// As [`Device::read`].
    pub fn holds(&self, offset: u64, bytes: &[u8]) -> Result<bool, Error> {
        Ok(self.read(offset, bytes.len())? == bytes)
    }

    /// Writes `bytes` at `offset`, and waits until they are on the disk.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        self.file
            .write_all_at(bytes, offset)
            .map_err(|error| self.failed("write to", &error))?;
        self.sync()
    }

    /// Waits until everything that any program wrote to this disk is on it.
    ///
    /// # Errors
    /// Where a write failed.
    pub fn sync(&self) -> Result<(), Error> {
        self.file.sync_data().map_err(|error| self.failed("sync", &error))
    }

    /// Waits up to `patience` for the lock (flock(2)) on this disk, which is held until the disk is closed. Programs that
    /// change partition tables take the same lock, and so does udev while it looks at a disk.
    ///
    /// # Errors
    /// Where flock(2) fails, or another program still holds the lock.
    pub fn lock(&self, patience: Duration) -> Result<(), Error> {
        let path = || self.path.clone();
        match flock_within(&self.file, &self.path, Some(patience)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::LockHeld {
                path: path(),
                seconds: patience.as_secs(),
            }),
            Err(errno) => Err(Error::System {
                attempt: "lock",
                path: path(),
                errno,
            }),
        }
    }

    fn failed(&self, attempt: &'static str, error: &io::Error) -> Error {
        let errno = match error.kind() {
            io::ErrorKind::UnexpectedEof => Errno::NXIO,
            _ => Errno::from_io_error(error).unwrap_or(Errno::IO),
        };
        Error::System {
            attempt,
            path: self.path.clone(),
            errno,
        }
    }
}

/// Opens several disks, which must be different ones. With `patience` they are opened for writing and locked; a dry run passes
/// `None`. The order of locking does not depend on how or in which order the disks are named: so two runs cannot deadlock.
///
/// # Errors
/// See [`Error`].
pub fn open_all(paths: &[PathBuf], patience: Option<Duration>) -> Result<Vec<Device>, Error> {
    let mut devices: Vec<Device> = Vec::new();
    for path in paths {
        let device = Device::open(path, patience.is_some())?;
        if let Some(first) = devices.iter().find(|other| other.is(&device)) {
            return Err(Error::Twice {
                first: first.path.clone(),
                second: path.clone(),
            });
        }
        devices.push(device);
    }
    if let Some(patience) = patience {
        let mut order: Vec<&Device> = Vec::new();
        for device in &devices {
            // There are only a few disks: the library's sort would be a good part of this program's size.
            let at = order.partition_point(|other| other.identity < device.identity);
            order.insert(at, device);
        }
        for device in order {
            device.lock(patience)?;
        }
    }
    Ok(devices)
}

impl Device {
    /// The partition number (from 1) of the block device `number`, if it is a partition of this disk. `None` if it is not, or if
    /// sysfs does not tell.
    pub fn partition(&self, number: u64) -> Option<u32> {
        let disk = block::parse(&block::attribute(number, "../dev")?)?;
        if !self.is_device() || disk != self.identity.0 {
            return None;
        }
        block::attribute(number, "partition")?.parse().ok()
    }
}
