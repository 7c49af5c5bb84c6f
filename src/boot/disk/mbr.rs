//! Partition tables in master boot records, with logical partitions.

use super::{Error, Kind, Partition, Scheme, Table, overlap, u32_at};
use crate::device::Device;

/// An entry of an MBR, in sectors.
#[derive(Debug)]
pub(super) struct MbrEntry {
    number: u32,
    pub(super) kind: u8,
    start: u64,
    size: u64,
}

/// The entries in use of a master or extended boot record; `None` where the sector has no partition table.
pub(super) fn entries(sector: &[u8]) -> Option<Vec<MbrEntry>> {
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

pub(super) fn is_extended(kind: u8) -> bool {
    matches!(kind, 0x05 | 0x0F | 0x85)
}

/// The table of a disk whose master boot record has the entries `first`. Logical partitions are read from the disk.
pub(super) fn read(device: &Device, first: &[MbrEntry], sector_size: u64) -> Result<Table, Error> {
    let path = || device.path.clone();
    let mut partitions = Vec::new();
    let mut needed = 0;
    let too_short = |needed| Error::TooShort {
        path: path(),
        size: device.size,
        needed,
    };
    for entry in first {
        needed = needed.max((entry.start + entry.size) * sector_size);
        if entry.start == 0 {
            let what = "a partition starts at the table itself";
            return Err(Error::DamagedMbr { path: path(), what });
        }
        partitions.push(partition(entry, entry.number, 0, sector_size));
    }
    if needed > device.size {
        return Err(too_short(needed));
    }
    for extended in first.iter().filter(|entry| is_extended(entry.kind)) {
        // Each record has a logical partition, from its own sector on, and leads to the next one, from the extended
        // partition's start on.
        let mut at = extended.start;
        for number in 5..=132 {
            if at >= extended.start + extended.size {
                let what = "a logical partition lies outside of the extended one";
                return Err(Error::DamagedMbr { path: path(), what });
            }
            let record = entries(&device.read(at * sector_size, 512)?).unwrap_or_default();
            if let Some(entry) = record.iter().find(|entry| !is_extended(entry.kind)) {
                let logical = partition(entry, number, at, sector_size);
                if logical.start + logical.size > device.size {
                    return Err(too_short(logical.start + logical.size));
                }
                partitions.push(logical);
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

#[cfg(test)]
mod tests {
    use super::entries;

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
        let found = entries(&sector(&[(0x80, 0x83, 1, 2), (0, 0, 0, 0), (0, 5, 3, 4)])).unwrap();
        let found: Vec<_> = found.iter().map(|e| (e.number, e.kind, e.start, e.size)).collect();
        assert_eq!(found, [(1, 0x83, 1, 2), (3, 5, 3, 4)]);
        assert!(entries(&sector(&[(0x12, 0x83, 1, 2)])).is_none());
        assert!(entries(&[0; 512]).is_none());
    }
}
