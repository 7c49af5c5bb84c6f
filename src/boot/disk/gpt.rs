//! GUID partition tables: UEFI specification, section 5.3.

use super::{Error, Kind, Partition, Scheme, Table, array, overlap, u32_at, u64_at};
use crate::device::Device;

/// The largest size of all entries together, in bytes. No table that is in use has more; 128 entries of 128 bytes are the rule.
const LARGEST_ENTRIES: u64 = 1 << 20;

/// Whether the last sector of `device` has the backup header of a GPT.
pub(super) fn has_backup(device: &Device, sector_size: u64) -> bool {
    let Some(last) = (device.size / sector_size).checked_sub(1) else {
        return false;
    };
    header(device, sector_size, last).is_ok_and(|header| header.is_ok())
}

/// The header of a GPT.
struct Header {
    /// Where the other header is.
    other: u64,
    first_usable: u64,
    last_usable: u64,
    /// Where the entries are.
    entries_at: u64,
    entries: Vec<u8>,
    entry_size: usize,
}

/// Reads the table whose header is in the second sector.
pub(super) fn read(device: &Device, sector_size: u64) -> Result<Table, Error> {
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
    if header.last_usable >= backup_start(device, sector_size, &header) {
        let what = "the area for partitions overlaps the backup of the table";
        return Err(Error::Damaged { path: path(), what });
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

/// The first sector of the backup of the table with the header `primary`, which lies within the disk. Mostly the backup's entries
/// come first, then its header.
fn backup_start(device: &Device, sector_size: u64, primary: &Header) -> u64 {
    let at = primary.other;
    match header(device, sector_size, at) {
        // There is none that could be overwritten.
        _ if at <= 1 => u64::MAX,
        Ok(Ok(backup)) => at.min(backup.entries_at),
        // Restored, it lies where such a table belongs.
        _ => at.saturating_sub((primary.entries.len() as u64).div_ceil(sector_size)),
    }
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
        entries_at,
        entries,
        entry_size: usize::try_from(entry_size).unwrap_or(128),
    }))
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
    use std::fs;

    use super::*;

    /// A file with a GPT of 100 sectors: the backup is whole, has its header in the last one and 32 sectors of entries
    /// before it.
    fn disk(last_usable: u64) -> (tempfile::NamedTempFile, Device) {
        let mut bytes = vec![0; 100 * 512];
        let entries = vec![0; 128 * 128];
        for (at, other, entries_at) in [(1_u64, 99_u64, 2_u64), (99, 1, 67)] {
            let mut header = vec![0; 92];
            header[..8].copy_from_slice(b"EFI PART");
            header[12..16].copy_from_slice(&92_u32.to_le_bytes());
            for (offset, sector) in [(24, at), (32, other), (40, 34), (48, last_usable), (72, entries_at)] {
                header[offset..offset + 8].copy_from_slice(&sector.to_le_bytes());
            }
            for (offset, number) in [(80, 128), (84, 128), (88, crc32(&entries))] {
                header[offset..offset + 4].copy_from_slice(&u32::to_le_bytes(number));
            }
            let sum = crc32(&header);
            header[16..20].copy_from_slice(&sum.to_le_bytes());
            let at = usize::try_from(at).unwrap() * 512;
            bytes[at..at + 92].copy_from_slice(&header);
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), bytes).unwrap();
        let device = Device::open(file.path(), false).unwrap();
        (file, device)
    }

    #[test]
    fn the_area_for_partitions_ends_before_the_backup() {
        let overlaps = |last_usable| match read(&disk(last_usable).1, 512) {
            Ok(_) => false,
            Err(error) => {
                let error = error.to_string();
                assert!(
                    error.ends_with("the area for partitions overlaps the backup of the table"),
                    "{error}"
                );
                true
            }
        };
        assert_eq!([66, 67, 98, 99].map(overlaps), [false, true, true, true]);
    }

    #[test]
    fn a_backup_that_is_damaged_is_not_overwritten_either() {
        use std::os::unix::fs::FileExt;
        for (last_usable, is_good) in [(66, true), (67, false)] {
            let (file, device) = disk(last_usable);
            file.as_file().write_all_at(&[0; 512], 99 * 512).unwrap();
            assert_eq!(read(&device, 512).is_ok(), is_good, "{last_usable}");
        }
    }

    #[test]
    fn a_file_smaller_than_a_sector_has_no_backup() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), [0; 1024]).unwrap();
        assert!(!has_backup(&Device::open(file.path(), false).unwrap(), 4096));
    }

    #[test]
    fn the_checksum_is_the_one_of_the_specification() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }
}
