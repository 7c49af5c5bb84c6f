//! Partition tables, GPT (UEFI specification, chapter 5) and MBR, of a disk: which partitions there are, as far as a boot
//! loader must know. Read only.

use std::path::PathBuf;

use super::device::{self, Device};

/// The type of a partition that holds GRUB's core image (`EF02` in gdisk), as it lies in a GPT.
pub const BIOS_BOOT: [u8; 16] = guid(0x2168_6148, 0x6449, 0x6E6F, 0x744E_6565_6445_4649);
/// The type of an EFI system partition, as it lies in a GPT.
pub const EFI_SYSTEM: [u8; 16] = guid(0xC12A_7328, 0xF81F, 0x11D2, 0xBA4B_00A0_C93E_C93B);

/// No table that is in use has larger entries in sum; 128 entries of 128 bytes are the rule.
const LARGEST_ENTRIES: u64 = 1 << 20;

/// The partition table of a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Which kind.
    pub scheme: Scheme,
    /// In bytes.
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

/// Why there is no partition table to rely on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk.
    #[error(transparent)]
    Device(#[from] device::Error),
    /// Neither kind of table.
    #[error(
        "`{}` has no partition table: make a GPT with a BIOS boot partition, or an MBR, first",
        .0.display()
    )]
    None(PathBuf),
    /// A protective MBR, and nothing behind it, or a table that does not fit together.
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
    /// Two tables.
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
    /// A truncated image.
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
    let entries = mbr_entries(&sector);
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
            return gpt(device, size);
        }
    }
    if is_protective {
        let (path, what) = (device.path.clone(), "its header is missing");
        if sizes.iter().any(|&size| has_backup(device, size)) {
            return Err(Error::BackupOnly { path, what });
        }
        return Err(Error::Damaged { path, what });
    }
    let entries = entries.ok_or_else(none)?;
    if entries.is_empty() {
        return Err(none());
    }
    mbr(device, &entries, device.sector_size.map_or(512, u64::from))
}

/// Whether the last sector of `device` has the backup of a GPT.
fn has_backup(device: &Device, sector_size: u64) -> bool {
    let last = device.size / sector_size - 1;
    header(device, sector_size, last).is_ok_and(|header| header.is_ok())
}

/// The header of a GPT.
struct Header {
    /// Where the other header is.
    other: u64,
    first_usable: u64,
    last_usable: u64,
    entries: Vec<u8>,
    entry_size: usize,
}

fn gpt(device: &Device, sector_size: u64) -> Result<Table, Error> {
    let path = || device.path.clone();
    let header = match header(device, sector_size, 1)? {
        Ok(header) => header,
        Err(what) if has_backup(device, sector_size) => return Err(Error::BackupOnly { path: path(), what }),
        Err(what) => return Err(Error::Damaged { path: path(), what }),
    };
    let end_of = |sector: u64| sector.saturating_add(1).saturating_mul(sector_size);
    let mut needed = end_of(header.other.max(header.last_usable));
    let mut partitions = Vec::new();
    for (entry, number) in header.entries.chunks_exact(header.entry_size).zip(1..) {
        let kind = array(entry, 0);
        if kind == [0; 16] {
            continue;
        }
        let (first, last) = (u64_at(entry, 32), u64_at(entry, 40));
        if last < first || first < header.first_usable || last > header.last_usable {
            let what = "a partition lies outside of the area for partitions";
            return Err(Error::Damaged { path: path(), what });
        }
        needed = needed.max(end_of(last));
        partitions.push(Partition {
            number,
            kind: Kind::Gpt(kind),
            start: first.saturating_mul(sector_size),
            size: (last - first).saturating_add(1).saturating_mul(sector_size),
        });
    }
    if needed > device.size {
        return Err(Error::TooShort {
            path: path(),
            size: device.size,
            needed,
        });
    }
    if overlap(&partitions) {
        let what = "two partitions overlap";
        return Err(Error::Damaged { path: path(), what });
    }
    Ok(Table {
        scheme: Scheme::Gpt,
        sector_size,
        partitions,
    })
}

/// Reads and checks the header in sector `at`; the inner error says what is wrong with it.
fn header(device: &Device, sector_size: u64, at: u64) -> Result<Result<Header, &'static str>, Error> {
    let mut sector = device.read(at * sector_size, 512)?;
    if !sector.starts_with(b"EFI PART") {
        return Ok(Err("its header is missing"));
    }
    let length = u32_at(&sector, 12) as usize;
    let sum = u32_at(&sector, 16);
    sector[16..20].fill(0);
    // The specification allows a header as large as a sector; none of more than 92 bytes is known.
    if !(92..=512).contains(&length) || crc32(&sector[..length]) != sum {
        return Ok(Err("the checksum of its header is wrong"));
    }
    let (count, entry_size) = (u64::from(u32_at(&sector, 80)), u64::from(u32_at(&sector, 84)));
    let (entries_at, size) = (u64_at(&sector, 72), count * entry_size);
    if u64_at(&sector, 24) != at || entry_size < 128 || entry_size % 128 != 0 || size > LARGEST_ENTRIES {
        return Ok(Err("its header contradicts itself"));
    }
    let offset = entries_at.saturating_mul(sector_size);
    if offset.saturating_add(size) > device.size {
        return Ok(Err("its entries lie behind the end of the disk"));
    }
    let entries = device.read(offset, usize::try_from(size).unwrap_or_default())?;
    if crc32(&entries) != u32_at(&sector, 88) {
        return Ok(Err("the checksum of its entries is wrong"));
    }
    let (first_usable, last_usable) = (u64_at(&sector, 40), u64_at(&sector, 48));
    // Partitions that overlap the table would be overwritten with it, or it with them.
    if at == 1 && first_usable < entries_at.saturating_add(size.div_ceil(sector_size)) {
        return Ok(Err("the area for partitions overlaps the table"));
    }
    Ok(Ok(Header {
        other: u64_at(&sector, 32),
        first_usable,
        last_usable,
        entries,
        entry_size: usize::try_from(entry_size).unwrap_or(128),
    }))
}

/// An entry of an MBR, in sectors.
#[derive(Debug)]
struct MbrEntry {
    number: u32,
    kind: u8,
    start: u64,
    size: u64,
}

/// The used entries in a master or extended boot record; `None` where there is no table.
fn mbr_entries(sector: &[u8]) -> Option<Vec<MbrEntry>> {
    let entries = sector.get(446..510)?;
    // The boot sector of a FAT file system ends in the same signature, with code where the table would be.
    if sector.get(510..512)? != [0x55, 0xAA] || entries.chunks_exact(16).any(|entry| entry[0] & 0x7F != 0) {
        return None;
    }
    let entries = entries.chunks_exact(16).zip(1..).map(|(entry, number)| MbrEntry {
        number,
        kind: entry[4],
        start: u32_at(entry, 8).into(),
        size: u32_at(entry, 12).into(),
    });
    Some(entries.filter(|entry| entry.kind != 0 && entry.size != 0).collect())
}

fn is_extended(kind: u8) -> bool {
    matches!(kind, 0x05 | 0x0F | 0x85)
}

impl Partition {
    /// Whether this is the partition of an MBR that others lie in.
    pub fn is_extended(&self) -> bool {
        matches!(self.kind, Kind::Mbr(kind) if is_extended(kind))
    }
}

fn mbr(device: &Device, entries: &[MbrEntry], sector_size: u64) -> Result<Table, Error> {
    let path = || device.path.clone();
    let mut partitions = Vec::new();
    let mut needed = 0;
    for entry in entries {
        needed = needed.max((entry.start + entry.size) * sector_size);
        if entry.start == 0 {
            let what = "a partition starts at the table itself";
            return Err(Error::DamagedMbr { path: path(), what });
        }
        partitions.push(partition(entry, entry.number, 0, sector_size));
    }
    if needed > device.size {
        return Err(Error::TooShort {
            path: path(),
            size: device.size,
            needed,
        });
    }
    for extended in entries.iter().filter(|entry| is_extended(entry.kind)) {
        // Each record has a logical partition, from its own sector on, and leads to the next one, from the extended
        // partition's start on.
        let mut at = extended.start;
        for number in 5..=132 {
            if at >= extended.start + extended.size {
                let what = "a logical partition lies outside of the extended one";
                return Err(Error::DamagedMbr { path: path(), what });
            }
            let record = mbr_entries(&device.read(at * sector_size, 512)?).unwrap_or_default();
            if let Some(entry) = record.iter().find(|entry| !is_extended(entry.kind)) {
                partitions.push(partition(entry, number, at, sector_size));
            }
            match record.iter().find(|entry| is_extended(entry.kind)) {
                Some(next) => at = extended.start + next.start,
                None => break,
            }
        }
    }
    if overlap(&partitions) {
        let what = "two partitions overlap";
        return Err(Error::DamagedMbr { path: path(), what });
    }
    Ok(Table {
        scheme: Scheme::Mbr,
        sector_size,
        partitions,
    })
}

fn partition(entry: &MbrEntry, number: u32, base: u64, sector_size: u64) -> Partition {
    Partition {
        number,
        kind: Kind::Mbr(entry.kind),
        start: (base + entry.start) * sector_size,
        size: entry.size * sector_size,
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

/// A GUID as it lies in a GPT: the first three groups little-endian, the last two as one number big-endian.
const fn guid(first: u32, second: u16, third: u16, rest: u64) -> [u8; 16] {
    let (a, b, c, d) = (
        first.to_le_bytes(),
        second.to_le_bytes(),
        third.to_le_bytes(),
        rest.to_be_bytes(),
    );
    [
        a[0], a[1], a[2], a[3], b[0], b[1], c[0], c[1], d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7],
    ]
}

/// The bytes at `at`; zeroes behind the end.
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

/// The CRC-32 of a GPT. Without the usual table: a kilobyte of code for 16 kB of data is too much.
fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for &byte in bytes {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg());
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_the_specification() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn a_type_lies_in_the_table_as_the_specification_says() {
        assert_eq!(&BIOS_BOOT, b"Hah!IdontNeedEFI");
        assert_eq!(EFI_SYSTEM[..8], [0x28, 0x73, 0x2A, 0xC1, 0x1F, 0xF8, 0xD2, 0x11]);
        assert_eq!(EFI_SYSTEM[8..], [0xBA, 0x4B, 0x00, 0xA0, 0xC9, 0x3E, 0xC9, 0x3B]);
    }

    fn sector(entries: &[(u8, u8, u32, u32)]) -> Vec<u8> {
        let mut sector = vec![0; 512];
        for ((flag, kind, start, size), entry) in entries.iter().zip(sector[446..].chunks_exact_mut(16)) {
            (entry[0], entry[4]) = (*flag, *kind);
            entry[8..12].copy_from_slice(&start.to_le_bytes());
            entry[12..].copy_from_slice(&size.to_le_bytes());
        }
        sector[510..].copy_from_slice(&[0x55, 0xAA]);
        sector
    }

    #[test]
    fn entries_of_an_mbr_keep_their_numbers() {
        let entries = mbr_entries(&sector(&[(0x80, 0x83, 1, 2), (0, 0, 0, 0), (0, 5, 3, 4)])).unwrap();
        let found: Vec<_> = entries.iter().map(|e| (e.number, e.kind, e.start, e.size)).collect();
        assert_eq!(found, [(1, 0x83, 1, 2), (3, 5, 3, 4)]);
        assert!(mbr_entries(&sector(&[(0x12, 0x83, 1, 2)])).is_none());
        assert!(mbr_entries(&[0; 512]).is_none());
    }

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
