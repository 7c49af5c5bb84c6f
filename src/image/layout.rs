//! Where the partitions of a disk lie, in sectors. It computes, and neither reads nor writes anything.

mod disk;
mod error;

pub use disk::{Disk, End, Extent, Layout, Partition, PartitionType, Start, TableKind};
pub use error::Error;

/// Bytes in a sector of an image.
pub const SECTOR: u64 = 512;
/// The alignment that every tool has used since disks with sectors of 4 KiB: a mebibyte, in bytes.
pub const ALIGNMENT: u64 = 1 << 20;
/// Sectors of a GPT at either end: its header, and 128 entries of 128 bytes. The MBR comes on top at the start.
const GPT_SECTORS: u64 = 33;
/// More sectors than this an MBR cannot count.
const MBR_LIMIT: u64 = 1 << 32;
/// Entries in a GPT.
const GPT_ENTRIES: usize = 128;
/// Entries in an MBR.
const MBR_ENTRIES: usize = 4;

/// The smallest size, in bytes, that the disk must have for every partition to hold its minimum.
///
/// # Errors
/// See [`Error`].
pub fn needed(disk: &Disk) -> Result<u64, Error> {
    let extents = arrange(disk, None)?;
    let end = extents.last().map_or(first_usable(disk), |extent| extent.end());
    let behind = disk.partitions.iter().map(|partition| match partition.end {
        End::BeforeEnd(bytes) => bytes.div_ceil(SECTOR),
        _ => 0,
    });
    let behind = behind.max().unwrap_or_default().max(table_at_the_end(disk));
    Ok((end + behind).next_multiple_of(ALIGNMENT / SECTOR) * SECTOR)
}

/// Lays out the disk on `size` bytes.
///
/// # Errors
/// See [`Error`].
pub fn lay_out(disk: &Disk, size: u64) -> Result<Layout, Error> {
    let sectors = size / SECTOR;
    if disk.table == TableKind::Msdos && sectors > MBR_LIMIT {
        return Err(Error::TooLargeForMsdos {
            disk: disk.name.clone(),
            size,
        });
    }
    let too_small = || {
        let needed = needed(disk)?;
        Ok::<_, Error>((needed > size).then(|| Error::DiskTooSmall {
            disk: disk.name.clone(),
            size,
            needed,
        }))
    };
    let partitions = match arrange(disk, Some(sectors)) {
        Ok(partitions) => partitions,
        // Where the whole disk is too small, the error says so: that its last partition is too small would say less.
        Err(error) => return Err(too_small()?.unwrap_or(error)),
    };
    let end = partitions.last().map_or(first_usable(disk), |extent| extent.end());
    if end + table_at_the_end(disk) > sectors {
        return Err(too_small()?.unwrap_or(Error::DiskTooSmall {
            disk: disk.name.clone(),
            size,
            needed: (end + table_at_the_end(disk)) * SECTOR,
        }));
    }
    Ok(Layout { sectors, partitions })
}

/// The extents of the partitions on a disk of so many sectors, or on one where each that takes the rest gets its minimum.
fn arrange(disk: &Disk, sectors: Option<u64>) -> Result<Vec<Extent>, Error> {
    check(disk)?;
    let mut extents: Vec<Extent> = Vec::new();
    let mut rest: Option<&str> = None;
    for (partition, number) in disk.partitions.iter().zip(1..) {
        let (name, of) = (|| disk.name.clone(), || partition.name.clone());
        if let Some(rest) = rest {
            let (disk, partition, rest) = (name(), of(), rest.to_owned());
            return Err(Error::BehindTheRest { disk, partition, rest });
        }
        let alignment = partition.alignment.unwrap_or(disk.alignment) / SECTOR;
        let free = extents.last().map_or(first_usable(disk), |extent| extent.end());
        let start = match partition.start {
            Start::Next => free.next_multiple_of(alignment),
            Start::At(byte) => byte.div_ceil(SECTOR),
        };
        if start < free {
            let (disk, partition) = (name(), of());
            let (start, free) = (start * SECTOR, free * SECTOR);
            return Err(Error::Overlap {
                disk,
                partition,
                start,
                free,
            });
        }
        let minimum = partition.minimum.div_ceil(SECTOR).max(1);
        // A start far behind the end of the disk leaves no room: the error says how much is missing.
        let until = |end: u64| end.saturating_sub(start);
        let length = match (partition.end, sectors) {
            (End::Size(bytes), _) => bytes.div_ceil(SECTOR),
            (End::At(byte), _) => until(byte / SECTOR),
            (End::Rest | End::BeforeEnd(_), None) => minimum.next_multiple_of(alignment),
            (End::Rest, Some(sectors)) => until(down(sectors - table_at_the_end(disk).min(sectors), alignment)),
            (End::BeforeEnd(bytes), Some(sectors)) => {
                let kept = bytes.div_ceil(SECTOR).max(table_at_the_end(disk));
                until(down(sectors.saturating_sub(kept), alignment))
            }
        };
        if length == 0 && partition.minimum == 0 {
            let (disk, partition) = (name(), of());
            return Err(Error::Empty { disk, partition });
        }
        if length < minimum {
            let (size, needed) = (length * SECTOR, partition.minimum);
            let (disk, partition) = (name(), of());
            return Err(Error::PartitionTooSmall {
                disk,
                partition,
                size,
                needed,
            });
        }
        if partition.end == End::Rest {
            rest = Some(&partition.name);
        }
        extents.push(Extent {
            number,
            start,
            sectors: length,
        });
    }
    Ok(extents)
}

/// What does not depend on the disk's size.
fn check(disk: &Disk) -> Result<(), Error> {
    let name = || disk.name.clone();
    let limit = match disk.table {
        TableKind::Gpt => GPT_ENTRIES,
        TableKind::Msdos => MBR_ENTRIES,
    };
    let count = disk.partitions.len();
    if count > limit {
        return Err(Error::TooMany {
            disk: name(),
            count,
            limit,
        });
    }
    let own = disk.partitions.iter().filter_map(|p| Some((&p.name, p.alignment?)));
    for (of, alignment) in own.chain([(&disk.name, disk.alignment)]) {
        if alignment == 0 || alignment % SECTOR != 0 {
            let (disk, of) = (name(), of.clone());
            return Err(Error::Alignment { disk, of, alignment });
        }
    }
    let wrong = |partition: &&Partition| match partition.partition_type {
        PartitionType::Gpt(_) => disk.table != TableKind::Gpt,
        // The types of an unused entry, of extended partitions and of the entry that protects a GPT are not for partitions of a
        // plan.
        PartitionType::Msdos(0 | 0x05 | 0x0F | 0x85 | 0xEE) => true,
        PartitionType::Msdos(_) => disk.table != TableKind::Msdos,
    };
    match disk.partitions.iter().find(wrong) {
        Some(partition) => Err(Error::WrongKind {
            disk: name(),
            partition: partition.name.clone(),
        }),
        None => Ok(()),
    }
}

/// The first sector that a partition may have.
fn first_usable(disk: &Disk) -> u64 {
    match disk.table {
        TableKind::Gpt => 1 + GPT_SECTORS,
        TableKind::Msdos => 1,
    }
}

/// How many sectors at the end belong to the table.
fn table_at_the_end(disk: &Disk) -> u64 {
    match disk.table {
        TableKind::Gpt => GPT_SECTORS,
        TableKind::Msdos => 0,
    }
}

fn down(number: u64, multiple: u64) -> u64 {
    number - number % multiple
}

#[cfg(test)]
mod tests;
