//! Writes GUID partition tables: with a protective MBR in front, and the backup in the last sectors.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;

use gpt::GptConfig;
use gpt::disk::LogicalBlockSize;
use gpt::mbr::ProtectiveMBR;
use gpt::partition::Partition;
use gpt::partition_types::{OperatingSystem, Type};

use super::Error;
use crate::layout::{Disk, Layout, PartitionType};

/// UTF-16 units that a partition's name can have.
pub(super) const NAME_LENGTH: usize = 36;
/// Attribute bit 2, for firmware without UEFI: a partition to boot from.
const LEGACY_BOOTABLE: u64 = 1 << 2;

/// Whether every name fits.
pub(super) fn check(disk: &Disk) -> Result<(), Error> {
    for partition in &disk.partitions {
        let length = partition.name.encode_utf16().count();
        if length > NAME_LENGTH {
            let name = partition.name.clone();
            return Err(Error::Name { name, length });
        }
    }
    Ok(())
}

pub(super) fn write(mut file: File, disk: &Disk, layout: &Layout) -> io::Result<()> {
    // An MBR counts 32 bits of sectors; a larger disk gets the largest number.
    let sectors = u32::try_from(layout.sectors - 1).unwrap_or(u32::MAX);
    // The code of a boot loader in front of the table stays.
    ProtectiveMBR::with_lb_size(sectors)
        .update_conservative(&mut file)
        .map_err(io::Error::other)?;
    let mut table = GptConfig::new()
        .writable(true)
        .logical_block_size(LogicalBlockSize::Lb512)
        .create_from_device(file, Some(disk.uuid))
        .map_err(io::Error::other)?;
    let mut partitions = BTreeMap::new();
    for (partition, extent) in disk.partitions.iter().zip(&layout.partitions) {
        let PartitionType::Gpt(guid) = partition.partition_type else {
            return Err(io::Error::other("a partition has a type of an MBR"));
        };
        let bootable = if partition.bootable { LEGACY_BOOTABLE } else { 0 };
        let entry = Partition {
            part_type_guid: Type {
                guid,
                os: OperatingSystem::None,
            },
            part_guid: partition.uuid,
            first_lba: extent.start,
            last_lba: extent.end() - 1,
            flags: partition.attributes | bootable,
            name: partition.name.clone(),
        };
        partitions.insert(extent.number, entry);
    }
    table.update_partitions(partitions).map_err(io::Error::other)?;
    table.write().map_err(io::Error::other)?;
    Ok(())
}
