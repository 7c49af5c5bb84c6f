//! GUID partition tables: UEFI specification, section 5.3.

use super::{Error, Kind, Partition, Scheme, Table, array, overlap, u32_at, u64_at};
use crate::boot::device::Device;

/// No table that is in use has larger entries in sum; 128 entries of 128 bytes are the rule.
const LARGEST_ENTRIES: u64 = 1 << 20;

/// Whether the last sector of `device` has the backup of a GPT.
pub(super) fn has_backup(device: &Device, sector_size: u64) -> bool {
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
    use super::crc32;

    #[test]
    fn the_checksum_is_the_one_of_the_specification() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }
}
