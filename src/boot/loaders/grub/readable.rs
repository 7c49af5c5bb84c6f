//! Whether GRUB can read the file system that it is to boot from, as far as that can be told before the first write.

use std::path::PathBuf;

use crate::device::{self, Device};
use crate::disk::{BIOS_BOOT, EFI_SYSTEM, Kind, Partition, Table};
use crate::kind::{BTRFS, EXT4, FAT, XFS};
use crate::superblock::{self, ByGrub};
use prefix::OwnFileSystem;

/// The directory whose file system GRUB reads, beneath the system's root.
pub const DIRECTORY: &str = "/boot/grub";

/// Names, for messages, of file systems that [`check`] refuses, by their number in statfs(2).
const NAMES: [(u32, &str); 9] = [
    (0x2FC1_2FC1, "ZFS"),
    (0xCA45_1A4E, "bcachefs"),
    (0xF2F5_2010, "F2FS"),
    (0x0102_1994, "tmpfs"),
    (0x794C_7630, "overlayfs"),
    (0x7371_7368, "squashfs"),
    (0xE0F5_E1E2, "EROFS"),
    (0x6969, "NFS"),
    (0x0102_1997, "9p"),
];

/// Why GRUB could not boot from a disk.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk cannot be read.
    #[error(transparent)]
    Device(#[from] device::Error),
    /// A partition holds something that GRUB cannot read.
    #[error("partition {number} of `{}` is {found}, which GRUB cannot read{reason}", path.display())]
    Partition {
        /// The disk.
        path: PathBuf,
        /// The partition's number.
        number: u32,
        /// What it is, with an article.
        found: &'static str,
        /// Why, if that is known: `` : it has the feature `casefold` ``.
        reason: String,
    },
    /// The file system of GRUB's directory is one that GRUB cannot read.
    #[error("`{DIRECTORY}` lies on a file system that GRUB cannot read: {0}")]
    Root(String),
}

/// Checks that GRUB can read the file system that it is to boot from a disk with the partition table `table`. For a device
/// that is `root`, the file system of GRUB's directory, if it is known. For a disk image it is any file system in the image:
/// one of them must be readable, but an image without any is not finished yet, and passes.
///
/// # Errors
/// See [`Error`].
pub fn check(device: &Device, table: &Table, root: Option<&OwnFileSystem>) -> Result<(), Error> {
    if !device.is_device() {
        return check_image(device, table);
    }
    let Some(root) = root else {
        return Ok(());
    };
    if !matches!(root.kind, EXT4 | XFS | BTRFS | FAT) {
        let name = NAMES.iter().find(|(kind, _)| *kind == root.kind);
        return Err(Error::Root(match name {
            Some((_, name)) => (*name).to_owned(),
            None => format!("type {:#x}", root.kind),
        }));
    }
    let number = device.partition(root.device);
    let partition = table.partitions.iter().find(|p| Some(p.number) == number);
    match partition {
        Some(partition) => refusal(device, partition)?.map_or(Ok(()), Err),
        None => Ok(()),
    }
}

fn check_image(device: &Device, table: &Table) -> Result<(), Error> {
    let mut first = None;
    for partition in &table.partitions {
        let is_for_firmware = matches!(partition.kind, Kind::Gpt(BIOS_BOOT | EFI_SYSTEM) | Kind::Mbr(0xEF));
        if is_for_firmware || partition.is_extended() {
            continue;
        }
        match superblock::probe(device, partition.start, partition.size)? {
            None => {}
            Some(found) if found.is_swap => {}
            Some(found) if found.by_grub == ByGrub::Readable => return Ok(()),
            Some(_) => first = first.or(refusal(device, partition)?),
        }
    }
    first.map_or(Ok(()), Err)
}

/// Why GRUB cannot read `partition`, if it cannot.
fn refusal(device: &Device, partition: &Partition) -> Result<Option<Error>, Error> {
    let Some(found) = superblock::probe(device, partition.start, partition.size)? else {
        return Ok(None);
    };
    let reason = match found.by_grub {
        ByGrub::Readable => return Ok(None),
        ByGrub::Lacks(feature) => format!(": it has the feature `{feature}`"),
        ByGrub::Unknown => String::new(),
    };
    Ok(Some(Error::Partition {
        path: device.path.clone(),
        number: partition.number,
        found: found.name,
        reason,
    }))
}
