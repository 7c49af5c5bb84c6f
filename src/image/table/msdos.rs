//! Partition tables in master boot records. From the fourth partition on, where there are more than four, they are logical:
//! each lies behind a record of its own, which leads to the next one too.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::image::layout::{Disk, Kind, Layout, Partition, Place, SECTOR};

/// An extended partition, counted in sectors and not in cylinders.
const EXTENDED: u8 = 0x0F;
/// The same in the records within it.
const NEXT: u8 = 0x05;
const ACTIVE: u8 = 0x80;
/// Where the table and the disk's signature lie in the sector.
const TABLE: u64 = 446;
const DISK_SIGNATURE: u64 = 440;

pub(super) fn write(file: &File, disk: &Disk, layout: &Layout) -> io::Result<()> {
    let mut primary = [[0; 16]; 4];
    let mut logical: Vec<(&Partition, Place)> = Vec::new();
    for (partition, &place) in disk.partitions.iter().zip(&layout.partitions) {
        match primary.get_mut(place.number as usize - 1) {
            Some(slot) => *slot = entry(partition, place.start, place.sectors)?,
            None => logical.push((partition, place)),
        }
    }
    if let Some(extended) = layout.extended {
        primary[3] = raw(0, EXTENDED, extended.start, extended.sectors)?;
        write_logical(file, extended, &logical, disk.alignment / SECTOR)?;
    }
    // What a boot loader wrote before the table stays.
    file.write_all_at(&disk.uuid.as_bytes()[..4], DISK_SIGNATURE)?;
    write_table(file, 0, primary)
}

/// The records of the logical partitions, each `gap` sectors before its own.
fn write_logical(file: &File, extended: Place, logical: &[(&Partition, Place)], gap: u64) -> io::Result<()> {
    for (index, (partition, place)) in logical.iter().enumerate() {
        let record = place.start - gap;
        let mut table = [[0; 16]; 4];
        table[0] = entry(partition, gap, place.sectors)?;
        if let Some((_, next)) = logical.get(index + 1) {
            table[1] = raw(0, NEXT, next.start - gap - extended.start, next.sectors + gap)?;
        }
        write_table(file, record, table)?;
    }
    Ok(())
}

fn write_table(file: &File, sector: u64, table: [[u8; 16]; 4]) -> io::Result<()> {
    let mut bytes = table.concat();
    bytes.extend([0x55, 0xAA]);
    file.write_all_at(&bytes, sector * SECTOR + TABLE)
}

fn entry(partition: &Partition, start: u64, sectors: u64) -> io::Result<[u8; 16]> {
    let Kind::Msdos(kind) = partition.kind else {
        return Err(io::Error::other("a partition has a type of a GPT"));
    };
    raw(if partition.bootable { ACTIVE } else { 0 }, kind, start, sectors)
}

fn raw(flag: u8, kind: u8, start: u64, sectors: u64) -> io::Result<[u8; 16]> {
    let number = |number: u64| u32::try_from(number).map_err(io::Error::other);
    let mut entry = [0; 16];
    entry[0] = flag;
    entry[1..4].copy_from_slice(&cylinder_head_sector(start));
    entry[4] = kind;
    entry[5..8].copy_from_slice(&cylinder_head_sector(start + sectors - 1));
    entry[8..12].copy_from_slice(&number(start)?.to_le_bytes());
    entry[12..].copy_from_slice(&number(sectors)?.to_le_bytes());
    Ok(entry)
}

/// The old address of a sector, for 255 heads and 63 sectors in a track; the largest one for what it cannot express.
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
