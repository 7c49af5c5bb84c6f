//! The partition table of a disk, GPT (UEFI specification, chapter 5) or MBR: which partitions there are, as far as a boot
//! loader must know. Read only.

mod gpt;
mod mbr;

use std::path::PathBuf;

use step::partition_type;

use super::device::{self, Device};

/// The type of a partition that holds GRUB's core image (`EF02` in gdisk), as it lies in a GPT.
pub const BIOS_BOOT: [u8; 16] = partition_type::on_disk(partition_type::BIOS_BOOT);
/// The type of an EFI system partition, as it lies in a GPT.
pub const EFI_SYSTEM: [u8; 16] = partition_type::on_disk(partition_type::EFI_SYSTEM);

/// The partition table of a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The kind of the table.
    pub scheme: Scheme,
    /// The size of a sector in bytes.
    pub sector_size: u64,
    /// In the order of the table, without empty entries; logical partitions of an MBR come after the others.
    pub partitions: Vec<Partition>,
}

/// The kind of a partition table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// GUID partition table.
    Gpt,
    /// Master boot record.
    Mbr,
}

/// One partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its number, from 1; logical partitions of an MBR begin with 5.
    pub number: u32,
    /// What it is for.
    pub kind: Kind,
    /// Where it starts, in bytes.
    pub start: u64,
    /// Its size in bytes.
    pub size: u64,
}

/// What a partition is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A type GUID as it lies in a GPT.
    Gpt([u8; 16]),
    /// A type in an MBR.
    Mbr(u8),
}

/// Why the partition table cannot be relied on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk cannot be read.
    #[error(transparent)]
    Device(#[from] device::Error),
    /// There is neither a GPT nor an MBR.
    #[error(
        "`{}` has no partition table: make a GPT with a BIOS boot partition, or an MBR, first",
        .0.display()
    )]
    None(PathBuf),
    /// There is a protective MBR without a GPT behind it, or the GPT contradicts itself.
    #[error("the GPT of `{}` is damaged: {what}", path.display())]
    Damaged {
        /// The disk.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// The primary GPT is damaged and its backup is not.
    #[error(
        "the GPT of `{}` is damaged ({what}), but its backup at the end is good: \
         GRUB reads the first one alone, so restore it first (`sgdisk --load-backup`, `gdisk`, or `sfdisk`)",
        path.display()
    )]
    BackupOnly {
        /// The disk.
        path: PathBuf,
        /// What is wrong with the primary one.
        what: &'static str,
    },
    /// There are two tables.
    #[error(
        "`{}` has an MBR and a GPT that do not belong together: one of them is a leftover (`wipefs` shows both)",
        .0.display()
    )]
    Both(PathBuf),
    /// The MBR contradicts itself.
    #[error("the MBR of `{}` is damaged: {what}", path.display())]
    DamagedMbr {
        /// The disk.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// The table reaches beyond the end of the disk: an image that was truncated.
    #[error(
        "`{}` has {size} bytes, but its partition table describes a disk of at least {needed} bytes",
        path.display()
    )]
    TooShort {
        /// The disk.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// Where the table's last partition, or the backup of the table, ends.
        needed: u64,
    },
}

/// Reads the partition table of `device`.
///
/// # Errors
/// See [`Error`].
pub fn read(device: &Device) -> Result<Table, Error> {
    let none = || Error::None(device.path.clone());
    if device.size < 1024 {
        return Err(none());
    }
    let sector = device.read(0, 512)?;
    let entries = mbr::entries(&sector);
    let is_protective = entries.iter().flatten().any(|entry| entry.kind == 0xEE);
    let sizes: &[u64] = match device.sector_size {
        Some(4096) => &[4096],
        Some(_) => &[512],
        None => &[512, 4096],
    };
    for &size in sizes {
        if device.size >= 2 * size && device.holds(size, b"EFI PART")? {
            if !is_protective {
                return Err(Error::Both(device.path.clone()));
            }
            return gpt::read(device, size);
        }
    }
    if is_protective {
        let (path, what) = (device.path.clone(), "its header is missing");
        if sizes.iter().any(|&size| gpt::has_backup(device, size)) {
            return Err(Error::BackupOnly { path, what });
        }
        return Err(Error::Damaged { path, what });
    }
    let entries = entries.ok_or_else(none)?;
    if entries.is_empty() {
        return Err(none());
    }
    mbr::read(device, &entries, device.sector_size.map_or(512, u64::from))
}

impl Partition {
    /// Whether this is an extended partition of an MBR, which the logical partitions lie in.
    pub fn is_extended(&self) -> bool {
        matches!(self.kind, Kind::Mbr(kind) if mbr::is_extended(kind))
    }
}

fn overlap(partitions: &[Partition]) -> bool {
    let overlaps = |a: &Partition, b: &Partition| {
        let is_inside = a.is_extended() && b.number > 4;
        !is_inside && a.start < b.start + b.size && b.start < a.start + a.size
    };
    partitions
        .iter()
        .enumerate()
        .any(|(n, a)| partitions[n + 1..].iter().any(|b| overlaps(a, b)))
}

/// The `N` bytes at `at`; zeroes where `bytes` is too short.
fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    if let Some(found) = bytes.get(at..at + N) {
        array.copy_from_slice(found);
    }
    array
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array(bytes, at))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(bytes, at))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array(bytes, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logical_partitions_do_not_overlap_the_one_that_they_lie_in() {
        let partition = |number, kind, start, size| Partition {
            number,
            kind: Kind::Mbr(kind),
            start,
            size,
        };
        let extended = partition(2, 5, 100, 100);
        assert!(!overlap(&[extended.clone(), partition(5, 0x83, 110, 10)]));
        assert!(overlap(&[extended, partition(3, 0x83, 110, 10)]));
        assert!(overlap(&[partition(5, 0x83, 100, 11), partition(6, 0x83, 110, 10)]));
    }
}
