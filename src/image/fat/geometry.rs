//! Where the parts of a FAT file system lie: first the boot sectors, then two tables, for FAT16 the root directory, then the
//! clusters.

use super::{Bits, Error};

/// In bytes.
pub(super) const SECTOR: u64 = 512;
/// Copies of the table.
pub(super) const TABLES: u64 = 2;
/// The number of the first cluster.
pub(super) const FIRST_CLUSTER: u64 = 2;
/// The sector of FAT32 that counts what is free.
pub(super) const INFO: u64 = 1;
/// Where FAT32 has copies of its first sectors.
pub(super) const BACKUP: u64 = 6;
/// Sectors of FAT32 before its tables, as mkfs.fat has them.
const RESERVED_32: u64 = 32;
/// Entries in the root directory of FAT16, as many as every system expects.
const ROOT_ENTRIES: u64 = 512;
/// An entry of a directory, in bytes.
pub(super) const ENTRY: u64 = 32;
/// The number of clusters tells FAT16 from its neighbours: with fewer than the first number it is FAT12, with the second one or
/// more FAT32.
const FAT16: u64 = 4085;
const FAT32: u64 = 65525;
/// The specification warns of the numbers near these.
const MARGIN: u64 = 16;
/// From this size on, in bytes, FAT32 is taken unless the plan names a kind: some firmware reads nothing else on an EFI system
/// partition (the UEFI specification, 13.3.1.1, asks for it there). With clusters of one sector, 34 MiB have enough of them.
const LARGE: u64 = 34 << 20;

/// Where everything lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Geometry {
    pub(super) bits: Bits,
    /// The whole file system.
    pub(super) sectors: u64,
    /// How many clusters there are.
    pub(super) clusters: u64,
    /// In sectors.
    per_cluster: u64,
    /// Sectors before the tables.
    reserved: u64,
    /// Sectors of one table.
    table: u64,
    /// Entries of the root directory, where it is none like the others.
    root_entries: u64,
}

impl Geometry {
    /// For a file system of `size` bytes whose root directory has so many entries; `None` where that is too small.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn new(size: u64, bits: Option<Bits>, root_entries: u64) -> Result<Option<Self>, Error> {
        let bits = bits.unwrap_or(if size < LARGE { Bits::Sixteen } else { Bits::ThirtyTwo });
        let of = |per_cluster: u64| Self::with(size / SECTOR, bits, per_cluster, root_entries);
        let powers = |from: u64, to: u64| (from..=to).map(|power| 1 << power);
        // Clusters of 4 KiB, a page, unless the file system is too small for them, or too large.
        let limit = (FAT32 - MARGIN) * 64 * SECTOR;
        match bits {
            Bits::Sixteen if size > limit => Err(Error::TooLarge { size, limit, bits }),
            Bits::Sixteen => {
                let found = powers(0, 6).rev().filter(|clusters| *clusters <= 8).find_map(of);
                Ok(found.or_else(|| powers(4, 6).find_map(of)))
            }
            Bits::ThirtyTwo => {
                let limit = u64::from(u32::MAX) * SECTOR;
                if size > limit {
                    return Err(Error::TooLarge { size, limit, bits });
                }
                // As mkfs.fat has them: no more than two million clusters.
                let smallest = powers(3, 6)
                    .find(|per_cluster| size / SECTOR / per_cluster <= 1 << 21)
                    .unwrap_or(64);
                Ok(of(smallest).or_else(|| powers(0, 2).rev().find_map(of)))
            }
        }
    }

    /// With clusters of so many sectors; `None` where that gives too few or too many of them.
    fn with(sectors: u64, bits: Bits, per_cluster: u64, root_entries: u64) -> Option<Self> {
        let (entry, least_reserved, root_entries) = match bits {
            Bits::Sixteen => (2, 1, root_entries.max(ROOT_ENTRIES).next_multiple_of(SECTOR / ENTRY)),
            Bits::ThirtyTwo => (4, RESERVED_32, 0),
        };
        let root = root_entries * ENTRY / SECTOR;
        // This table may have entries for more clusters than there are, which is allowed.
        let most = sectors.checked_sub(least_reserved + root)? / per_cluster;
        let table = ((most + FIRST_CLUSTER) * entry).div_ceil(SECTOR);
        // Clusters begin at a multiple of their own size.
        let start = (least_reserved + TABLES * table + root).next_multiple_of(per_cluster);
        let clusters = sectors.checked_sub(start)? / per_cluster;
        let is_right = match bits {
            Bits::Sixteen => (FAT16 + MARGIN..FAT32 - MARGIN).contains(&clusters),
            Bits::ThirtyTwo => (FAT32 + MARGIN..0x0FFF_FFF0).contains(&clusters),
        };
        is_right.then_some(Self {
            bits,
            sectors,
            clusters,
            per_cluster,
            reserved: start - TABLES * table - root,
            table,
            root_entries,
        })
    }

    /// The size of a cluster in bytes.
    pub(super) fn cluster(self) -> u64 {
        self.per_cluster * SECTOR
    }

    /// Where the table with this index begins, in bytes.
    pub(super) fn table(self, index: u64) -> u64 {
        (self.reserved + index * self.table) * SECTOR
    }

    /// Where a cluster begins, in bytes; 0 stands for FAT16's root directory.
    pub(super) fn address(self, cluster: u64) -> u64 {
        let root = self.table(TABLES);
        match cluster.checked_sub(FIRST_CLUSTER) {
            Some(index) => root + self.root_entries * ENTRY + index * self.cluster(),
            None => root,
        }
    }

    /// The first sector, of a file system that begins with sector `start` of the disk.
    pub(super) fn boot_sector(self, start: u64, volume_id: u32, label: Option<[u8; 11]>) -> Vec<u8> {
        let mut sector = vec![0; 512];
        let mut put = |at: usize, bytes: &[u8]| sector[at..at + bytes.len()].copy_from_slice(bytes);
        let short = |number: u64| u16::try_from(number).unwrap_or(0).to_le_bytes();
        let long = |number: u64| u32::try_from(number).unwrap_or(0).to_le_bytes();
        let is_32 = self.bits == Bits::ThirtyTwo;
        let extended: u8 = if is_32 { 64 } else { 36 };
        let code = extended + 26;
        put(0, &[0xEB, code - 2, 0x90]);
        put(3, b"MSWIN4.1");
        put(11, &short(SECTOR));
        put(13, &short(self.per_cluster)[..1]);
        put(14, &short(self.reserved));
        put(16, &short(TABLES)[..1]);
        put(17, &short(self.root_entries));
        // A number that does not fit here is 0, and stands in the long field.
        let is_short = !is_32 && u16::try_from(self.sectors).is_ok();
        put(19, &short(if is_short { self.sectors } else { 0 }));
        put(21, &[0xF8]);
        put(22, &short(if is_32 { 0 } else { self.table }));
        // Sectors in a track, and heads. Nobody uses them any more.
        put(24, &short(63));
        put(26, &short(255));
        put(28, &long(start));
        put(32, &long(if is_short { 0 } else { self.sectors }));
        if is_32 {
            put(36, &long(self.table));
            put(44, &long(FIRST_CLUSTER));
            put(48, &short(INFO));
            put(50, &short(BACKUP));
        }
        let (extended, code) = (usize::from(extended), usize::from(code));
        put(extended, &[0x80, 0, 0x29]);
        put(extended + 3, &volume_id.to_le_bytes());
        put(extended + 7, &label.unwrap_or(*b"NO NAME    "));
        put(extended + 18, if is_32 { b"FAT32   " } else { b"FAT16   " });
        // Code that halts, for firmware that starts this sector.
        put(code, &[0xFA, 0xF4, 0xEB, 0xFD]);
        put(510, &[0x55, 0xAA]);
        sector
    }

    /// FAT32's second sector: how many clusters are free, and where they begin.
    pub(super) fn info_sector(self, used: u64) -> Vec<u8> {
        let mut sector = vec![0; 512];
        for (at, number) in [
            (0, 0x4161_5252),
            (484, 0x6141_7272),
            (488, self.clusters - used),
            (492, FIRST_CLUSTER + used - 1),
            (508, 0xAA55_0000),
        ] {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            sector[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        sector
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn of(size: u64, bits: Option<Bits>) -> Option<(Bits, u64)> {
        let geometry = Geometry::new(size, bits, 0).unwrap()?;
        assert_eq!(geometry.address(FIRST_CLUSTER) % geometry.cluster(), 0);
        assert!(geometry.address(FIRST_CLUSTER) + geometry.clusters * geometry.cluster() <= size);
        let entries = geometry.table * SECTOR / if geometry.bits == Bits::Sixteen { 2 } else { 4 };
        assert!(entries >= geometry.clusters + FIRST_CLUSTER);
        Some((geometry.bits, geometry.cluster()))
    }

    #[test]
    fn small_ones_are_fat16_and_large_ones_fat32() {
        for (size, expected) in [
            (MIB, None),
            (3 * MIB, Some((Bits::Sixteen, 512))),
            (5 * MIB, Some((Bits::Sixteen, 1024))),
            (33 * MIB, Some((Bits::Sixteen, 4096))),
            (34 * MIB, Some((Bits::ThirtyTwo, 512))),
            (100 * MIB, Some((Bits::ThirtyTwo, 1024))),
            (260 * MIB, Some((Bits::ThirtyTwo, 4096))),
            (512 * MIB, Some((Bits::ThirtyTwo, 4096))),
            (8192 * MIB, Some((Bits::ThirtyTwo, 4096))),
            (8193 * MIB, Some((Bits::ThirtyTwo, 8192))),
            (1 << 40, Some((Bits::ThirtyTwo, 32768))),
        ] {
            assert_eq!(of(size, None), expected, "{size}");
        }
    }

    #[test]
    fn the_kind_can_be_chosen_as_far_as_it_reaches() {
        assert_eq!(of(32 * MIB, Some(Bits::ThirtyTwo)), None);
        assert_eq!(of(34 * MIB, Some(Bits::ThirtyTwo)), Some((Bits::ThirtyTwo, 512)));
        assert_eq!(of(1024 * MIB, Some(Bits::Sixteen)), Some((Bits::Sixteen, 32768)));
        for (size, bits) in [(2048 * MIB, Bits::Sixteen), (2 << 40, Bits::ThirtyTwo)] {
            assert!(Geometry::new(size, Some(bits), 0).is_err(), "{size}");
        }
    }

    #[test]
    fn no_size_in_between_is_without_clusters_of_the_right_number() {
        for size in 3..2000 {
            assert!(of(size * MIB, None).is_some(), "{size} MiB");
            assert!(of(size * MIB, Some(Bits::Sixteen)).is_some(), "{size} MiB");
            assert!(
                size < 34 || of(size * MIB, Some(Bits::ThirtyTwo)).is_some(),
                "{size} MiB"
            );
        }
    }
}
