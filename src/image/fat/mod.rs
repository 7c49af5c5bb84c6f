//! FAT16 and FAT32 from a directory tree: an EFI system partition. Source: Microsoft's FAT specification of 2000 (`fatgen103`).
//!
//! Everything is known before anything is written, so each file lies in one piece, in the order of the names, and the size
//! that a tree needs is exact. What has no contents is not written at all.

mod contents;
mod geometry;
mod in_image;
mod names;

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

pub use contents::Contents;
pub use in_image::Vfat;

use super::bytes::Bytes;
use boot::date;
use contents::Folder;
use geometry::{Geometry, SECTOR};
use tree::FileError;

/// What a size is a multiple of, in bytes: the partition's alignment.
const STEP: u64 = 1 << 20;
/// The first moment that FAT knows: 1980.
const EPOCH: u32 = 315_532_800;

/// The number of bits in an entry of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// For up to 65,524 clusters.
    Sixteen,
    /// For at least 65,525 clusters.
    ThirtyTwo,
}

/// How to make a file system.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its label.
    label: Option<[u8; 11]>,
    /// The number by which others tell it from the next one.
    volume_id: u32,
    /// FAT16 or FAT32; `None` where the size decides.
    bits: Option<Bits>,
    /// All times in it: DOS's time and date.
    time: (u16, u16),
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
    /// Two names that are one there.
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
    /// `arguments` are the plan's for mkfs.fat; `volume_id` counts unless they name one. All times are `time`, in seconds since
    /// 1970, or 1980, where FAT's begin.
    ///
    /// # Errors
    /// [`Error::Argument`].
    pub fn new(arguments: &[String], volume_id: u32, time: u32) -> Result<Self, Error> {
        let mut options = Self {
            label: None,
            volume_id,
            bits: None,
            time: dos_time(time.max(EPOCH)),
        };
        let mut given = arguments.iter();
        while let Some(argument) = given.next() {
            let (option, value) = argument.split_at_checked(2).unwrap_or((argument, ""));
            let value = match value {
                "" => given.next().map_or("", String::as_str),
                value => value,
            };
            let refused = || Error::Argument(format!("{option} {value}").trim_end().to_owned());
            match option {
                "-F" => {
                    options.bits = Some(match value {
                        "16" => Bits::Sixteen,
                        "32" => Bits::ThirtyTwo,
                        _ => return Err(refused()),
                    });
                }
                "-n" => options.label = Some(names::label(value).ok_or_else(refused)?),
                "-i" => {
                    let is_number = value.bytes().all(|byte| byte.is_ascii_hexdigit());
                    let number = u32::from_str_radix(value, 16).ok().filter(|_| is_number);
                    options.volume_id = number.ok_or_else(refused)?;
                }
                _ => return Err(refused()),
            }
        }
        Ok(options)
    }

    /// The size, in bytes, that a file system needs for `contents`, with `free` bytes to spare.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub fn needed(&self, contents: &Contents, free: u64) -> Result<u64, Error> {
        let mut size = contents.bytes().saturating_add(free).max(1).next_multiple_of(STEP);
        loop {
            // Below its smallest size there is no geometry: the next mebibyte may have one.
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
    // The kind of the medium, and that nothing is left to be checked.
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

/// DOS's time and date.
fn dos_time(time: u32) -> (u16, u16) {
    let (year, month, day) = date::civil(time.into());
    let seconds = time % 86_400;
    let clock = (seconds / 3600) << 11 | (seconds / 60 % 60) << 5 | ((seconds % 60) / 2);
    // It counts as far as 2107, which is behind what 32 bits of seconds reach.
    let date = (year - 1980) << 9 | month << 5 | day;
    (
        u16::try_from(clock).unwrap_or_default(),
        u16::try_from(date).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Result<Options, String> {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Options::new(&arguments, 1, 1).map_err(|error| error.to_string())
    }

    #[test]
    fn the_arguments_of_mkfs_fat_that_plans_have_are_understood() {
        let found = options(&["-F", "32", "-n", "esp", "-iDEADBEEF"]).unwrap();
        assert_eq!(found.bits, Some(Bits::ThirtyTwo));
        assert_eq!(found.label.as_ref(), Some(b"esp        "));
        assert_eq!(found.volume_id, 0xDEAD_BEEF);
        assert_eq!(options(&["-F16"]).unwrap().bits, Some(Bits::Sixteen));
    }

    #[test]
    fn other_arguments_are_refused() {
        for (arguments, refused) in [
            (&["-F", "12"][..], "-F 12"),
            (&["-n"], "-n"),
            (&["-n", "a label too long"], "-n a label too long"),
            (&["-i", "+1"], "-i +1"),
            (&["-c"], "-c"),
            (&["-s", "8"], "-s 8"),
            (&["ü"], "ü"),
        ] {
            let error = options(arguments).unwrap_err();
            let expected = format!(
                "cannot take `{refused}` for a vfat file system: its arguments are `-F 16` or `-F 32`, `-n LABEL` and `-i HEXADECIMAL`"
            );
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn times_are_those_of_dos_from_its_first_day_on() {
        assert_eq!(options(&[]).unwrap().time, (0, 0x21));
        // 2026-01-02 03:04:05.
        assert_eq!(dos_time(1_767_323_045), (3 << 11 | 4 << 5 | 2, 46 << 9 | 1 << 5 | 2));
    }
}
