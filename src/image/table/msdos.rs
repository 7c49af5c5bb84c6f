//! Writes partition tables in master boot records. They have primary partitions only.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::layout::{Disk, Layout, PartitionType};

const ACTIVE: u8 = 0x80;
/// Where the table and the disk's signature lie.
const TABLE: u64 = 446;
const DISK_SIGNATURE: u64 = 440;

pub(super) fn write(file: &File, disk: &Disk, layout: &Layout) -> io::Result<()> {
    let number = |number: u64| u32::try_from(number).map_err(io::Error::other);
    let mut table = vec![0; 4 * 16];
    let entries = table.chunks_exact_mut(16);
    for ((partition, extent), entry) in disk.partitions.iter().zip(&layout.partitions).zip(entries) {
        let PartitionType::Msdos(code) = partition.partition_type else {
            return Err(io::Error::other("a partition has a type of a GPT"));
        };
        entry[0] = if partition.bootable { ACTIVE } else { 0 };
        entry[1..4].copy_from_slice(&cylinder_head_sector(extent.start));
        entry[4] = code;
        entry[5..8].copy_from_slice(&cylinder_head_sector(extent.end() - 1));
        entry[8..12].copy_from_slice(&number(extent.start)?.to_le_bytes());
        entry[12..].copy_from_slice(&number(extent.sectors)?.to_le_bytes());
    }
    table.extend([0x55, 0xAA]);
    // The code of a boot loader in front of the table stays.
    file.write_all_at(&disk.uuid.as_bytes()[..4], DISK_SIGNATURE)?;
    file.write_all_at(&table, TABLE)
}

/// A sector as cylinder, head and sector, for 255 heads and 63 sectors in a track. A sector beyond the last cylinder gets the
/// largest address.
fn cylinder_head_sector(sector: u64) -> [u8; 3] {
    let (cylinder, head, sector) = (sector / (255 * 63), sector / 63 % 255, sector % 63 + 1);
    if cylinder > 1023 {
        return [0xFE, 0xFF, 0xFF];
    }
    let low = |number: u64| (number & 0xFF) as u8;
    [low(head), low(sector | (cylinder >> 2 & 0xC0)), low(cylinder)]
}

#[cfg(test)]
mod tests {
    use super::cylinder_head_sector;

    #[test]
    fn old_addresses_are_counted_in_tracks_as_firmware_does() {
        for (sector, bytes) in [
            (0, [0, 1, 0]),
            (2048, [32, 33, 0]),
            (255 * 63 * 257, [0, 0x41, 1]),
            (255 * 63 * 1024 - 1, [254, 0xFF, 0xFF]),
            (255 * 63 * 1024, [0xFE, 0xFF, 0xFF]),
        ] {
            assert_eq!(cylinder_head_sector(sector), bytes, "{sector}");
        }
    }
}
