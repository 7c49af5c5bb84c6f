//! Makes FAT16 and FAT32 from a directory tree, as for an EFI system partition. Source: Microsoft's FAT specification of 2000
//! (`fatgen103`).
//!
//! The whole tree is known before anything is written. So each file lies in one piece, in the order of the names, and the size
//! that a tree needs is exact. Clusters without contents are not written: the image stays sparse.

mod contents;
mod geometry;
mod in_image;
mod names;
mod options;

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

pub use contents::Contents;
pub use in_image::Vfat;
pub use options::Options;

use super::bytes::Bytes;
use contents::Folder;
use geometry::{Geometry, SECTOR};
use tree::FileError;

/// What a size is a multiple of, in bytes: the partition's alignment.
const STEP: u64 = 1 << 20;
/// The two kinds of FAT, by the number of bits in an entry of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// For up to 65,524 clusters.
    Sixteen,
    /// For at least 65,525 clusters.
    ThirtyTwo,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory.
    #[error(transparent)]
    File(#[from] FileError),
    /// An argument of mkfs.fat that is not among those that are understood.
    #[error(
        "cannot take `{0}` for a vfat file system: its arguments are `-F 16` or `-F 32`, `-n LABEL` and `-i HEXADECIMAL`"
    )]
    Argument(String),
    /// Something that FAT cannot hold.
    #[error("cannot put `{}` on a FAT file system: {problem}", path.display())]
    Unsuitable {
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: &'static str,
    },
    /// Two names that FAT takes for the same.
    #[error("cannot put both `{}` and `{other}` on a FAT file system: it takes them for the same name", path.display())]
    Twice {
        /// One.
        path: PathBuf,
        /// The other, beside it.
        other: String,
    },
    /// The contents do not fit.
    #[error("the file system has {}, but its contents need {}: {} more", Bytes(*size), Bytes(*needed), Bytes(needed - size))]
    TooSmall {
        /// In bytes.
        size: u64,
        /// In bytes.
        needed: u64,
    },
    /// No FAT is that large.
    #[error("the file system has {}, and FAT{} reaches as far as {}", Bytes(*size), if *bits == Bits::Sixteen { 16 } else { 32 }, Bytes(*limit))]
    TooLarge {
        /// In bytes.
        size: u64,
        /// In bytes.
        limit: u64,
        /// Which one.
        bits: Bits,
    },
}

/// The room in a file system that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// The file system's size in bytes.
    pub size: u64,
    /// How much of it is free, in bytes.
    pub free: u64,
}

impl Options {
    /// The size, in bytes, that a file system needs for `contents`, with `free` bytes to spare.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub fn needed(&self, contents: &Contents, free: u64) -> Result<u64, Error> {
        let mut size = contents.bytes().saturating_add(free).max(1).next_multiple_of(STEP);
        loop {
            // The size is too small for this kind of FAT: with another mebibyte it may suffice.
            let missing = match self.geometry(contents, size)? {
                Some(geometry) => {
                    let wanted = contents.clusters(geometry) + free.div_ceil(geometry.cluster());
                    match wanted.checked_sub(geometry.clusters) {
                        None | Some(0) => return Ok(size),
                        Some(missing) => missing * geometry.cluster(),
                    }
                }
                None => STEP,
            };
            size = (size + missing).next_multiple_of(STEP);
        }
    }

    /// Makes the file system with `contents`, `size` bytes large from byte `offset` of the file `image`, which is
    /// all zeroes there.
    ///
    /// # Errors
    /// See [`Error`]; where it does not fit, nothing has been written.
    pub fn make(&self, contents: &Contents, image: &Path, (offset, size): (u64, u64)) -> Result<Usage, Error> {
        let geometry = self.geometry(contents, size)?;
        let Some(geometry) = geometry.filter(|geometry| contents.clusters(*geometry) <= geometry.clusters) else {
            let needed = self.needed(contents, 0)?.max(size + 1);
            return Err(Error::TooSmall { size, needed });
        };
        let failed = |error| FileError::at("write", image)(error);
        let file = File::options().write(true).open(image).map_err(failed)?;
        let folders = contents.allocate(geometry);
        let used = contents.clusters(geometry);
        self.write_boot_sectors(&file, offset, geometry, used).map_err(failed)?;
        for copy in 0..geometry::TABLES {
            let at = offset + geometry.table(copy);
            write_table(&file, at, geometry.bits, &folders).map_err(failed)?;
        }
        for folder in &folders {
            let at = offset + geometry.address(folder.first);
            let bytes = folder.bytes(self.time, self.label.filter(|_| folder.is_root), geometry.bits);
            file.write_all_at(&bytes, at).map_err(failed)?;
            for (path, first, size) in folder.files() {
                copy(path, size, &file, offset + geometry.address(first)).map_err(FileError::at("copy", path))?;
            }
        }
        Ok(Usage {
            size: geometry.sectors * SECTOR,
            free: (geometry.clusters - used) * geometry.cluster(),
        })
    }

    fn geometry(&self, contents: &Contents, size: u64) -> Result<Option<Geometry>, Error> {
        let has_label = u64::from(self.label.is_some());
        Geometry::new(size, self.bits, contents.root_entries() + has_label)
    }

    /// The first sectors, and their copies.
    fn write_boot_sectors(&self, file: &File, offset: u64, geometry: Geometry, used: u64) -> io::Result<()> {
        let boot = geometry.boot_sector(offset / SECTOR, self.volume_id, self.label);
        file.write_all_at(&boot, offset)?;
        if geometry.bits == Bits::ThirtyTwo {
            let info = geometry.info_sector(used);
            file.write_all_at(&info, offset + geometry::INFO * SECTOR)?;
            file.write_all_at(&boot, offset + geometry::BACKUP * SECTOR)?;
            file.write_all_at(&info, offset + (geometry::BACKUP + geometry::INFO) * SECTOR)?;
        }
        Ok(())
    }
}

/// One copy of the table: each folder and file is a chain of clusters that follow each other.
fn write_table(file: &File, at: u64, bits: Bits, folders: &[Folder]) -> io::Result<()> {
    let mut file = file;
    file.seek(SeekFrom::Start(at))?;
    let mut out = BufWriter::new(file);
    let mut put = |entry: u64| match bits {
        Bits::Sixteen => out.write_all(&entry.to_le_bytes()[..2]),
        // The uppermost four bits are reserved.
        Bits::ThirtyTwo => out.write_all(&(entry & 0x0FFF_FFFF).to_le_bytes()[..4]),
    };
    // The first two entries: the kind of the medium, and that the file system was closed cleanly.
    put(0xFFFF_FFF8)?;
    put(0xFFFF_FFFF)?;
    for (first, count) in folders.iter().flat_map(Folder::chains) {
        for next in first + 1..first + count {
            put(next)?;
        }
        if count > 0 {
            put(0xFFFF_FFFF)?;
        }
    }
    out.flush()
}

/// Copies `size` bytes; by the kernel, where it can.
fn copy(path: &Path, size: u64, mut image: &File, at: u64) -> io::Result<()> {
    image.seek(SeekFrom::Start(at))?;
    let copied = io::copy(&mut File::open(path)?.take(size), &mut image)?;
    if copied == size {
        Ok(())
    } else {
        Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "it has become shorter meanwhile",
        ))
    }
}
