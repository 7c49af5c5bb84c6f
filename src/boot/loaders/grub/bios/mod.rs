//! GRUB for BIOS on a disk: the boot sector, and the core image that it loads, in the BIOS boot partition of a GPT or in the
//! gap between an MBR and its first partition.
//!
//! This area is used as two halves. A new core image goes into the half that the present boot sector does not load. Only when
//! the image is on the disk is the boot sector changed, which is one sector. So a machine that loses power in between still
//! boots, with the old core image or the new one. Only where the area is too small for two core images is the old one
//! overwritten.

mod error;
mod images;

pub use error::Error;
pub use images::Images;

use images::{BLOCK_LIST, CODE, KERNEL_SECTOR};

use super::readable;
use crate::device::Device;
use crate::disk::{self, BIOS_BOOT, Kind, Scheme, Table, u16_at, u64_at};
use crate::operation::Operation;
use crate::superblock;
use prefix::OwnFileSystem;

/// The BIOS loads one sector of this size and GRUB counts in it; no other works.
const SECTOR: u64 = 512;
/// The gap starts behind the MBR.
const GAP_START: u64 = 1;

/// Signatures of programs that are known to keep data in sectors of the gap; GRUB's own installer has the same list.
const RESERVED: [(&[u8], &str); 6] = [
    (b"ZISD", "ZISD"),
    (b"\xd4\x41\xa0\xf5\x03\x00\x03\x00", "FlexNet"),
    (b"\xd8\x41\xa0\xf5\x02\x00\x02\x00", "FlexNet"),
    (
        b"\x70\x8a\x5d\x46\x35\xc5\x1b\x93\xae\x3d\x86\xfd\xb1\x55\x3e\xe0",
        "HP Backup and Recovery Manager",
    ),
    (b"ycgl", "a HighPoint RAID controller"),
    (b"GREGRegDone.Tag\x00", "Acer's registration utility"),
];

/// The sectors that a core image may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Area {
    start: u64,
    end: u64,
}

impl Area {
    fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// The writes that install GRUB on a disk.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Installation {
    /// The writes in order; none where everything is up to date.
    pub operations: Vec<Operation>,
    /// Warnings for the user.
    pub warnings: Vec<String>,
}

/// Decides on the writes that make `device` boot GRUB. `number` is the index of `device` among the disks, by which operations
/// name it. `root` is the file system that GRUB has to read, if it is known.
///
/// # Errors
/// Where GRUB must not or cannot go there; see [`Error`].
pub fn install(
    device: &Device,
    number: usize,
    images: &Images,
    root: Option<&OwnFileSystem>,
) -> Result<Installation, Error> {
    let path = || device.path.clone();
    if let Some(found) = superblock::probe(device, 0, device.size)? {
        return Err(Error::InUse {
            path: path(),
            found: found.name,
        });
    }
    let table = disk::read(device)?;
    if table.sector_size != SECTOR {
        return Err(Error::SectorSize {
            path: path(),
            size: table.sector_size,
        });
    }
    readable::check(device, &table, root)?;
    let area = area(device, &table, images)?;

    let sector = device.read(0, 512)?;
    let sectors = images.sectors();
    let used = used(device, &sector, area)?;
    let slot = |start| Area {
        start,
        end: start + sectors,
    };
    let half = area.start + (area.end - area.start) / 2;
    let mut slots = if area.end - half >= sectors {
        [slot(area.start), slot(half)]
    } else {
        [slot(area.start); 2]
    };
    // Another boot loader's second stage, if it has one here, most likely lies at the start.
    if used.is_none() && sector[..CODE].iter().any(|byte| *byte != 0) {
        slots.reverse();
    }
    for slot in slots {
        let is_booted = sector[..CODE] == images.boot_for(slot.start, &sector);
        if is_booted && device.holds(slot.start * SECTOR, &images.core_at(slot.start))? {
            return Ok(Installation::default());
        }
    }
    let mut installation = Installation::default();
    let free = slots
        .into_iter()
        .find(|slot| used.is_none_or(|used| !slot.overlaps(used)));
    let slot = free.unwrap_or(slots[0]);
    if free.is_none() {
        installation.warnings.push(format!(
            "`{}` has no room for two of GRUB's core images: should the power fail while the new one is written, it does \
             not boot until pre-boot has run again",
            device.path.display()
        ));
    }
    if table.scheme == Scheme::Mbr {
        check_reserved(device, slot)?;
    }
    let core = images.core_at(slot.start);
    let boot = images.boot_for(slot.start, &sector);
    for (offset, bytes, what, is_safe) in [
        (slot.start * SECTOR, core, "GRUB's core image", free.is_some()),
        (0, boot, "GRUB's boot sector", true),
    ] {
        if !device.holds(offset, &bytes)? {
            let device = number;
            installation.operations.push(Operation::WriteAt {
                device,
                offset,
                bytes,
                what,
                is_safe,
            });
        }
    }
    Ok(installation)
}

/// Where the core image may lie.
fn area(device: &Device, table: &Table, images: &Images) -> Result<Area, Error> {
    let path = || device.path.clone();
    let needed = images.sectors() * SECTOR;
    let (place, area) = match table.scheme {
        Scheme::Gpt => {
            let mut partitions = table.partitions.iter().filter(|p| p.kind == Kind::Gpt(BIOS_BOOT));
            let partition = partitions
                .next()
                .ok_or_else(|| Error::NoBiosBoot { path: path(), needed })?;
            let others = partitions.count();
            if others > 0 {
                return Err(Error::SeveralBiosBoot {
                    path: path(),
                    count: others + 1,
                });
            }
            let start = partition.start / SECTOR;
            let area = Area {
                start,
                end: start + partition.size / SECTOR,
            };
            ("the BIOS boot partition", area)
        }
        Scheme::Mbr => {
            let first = table.partitions.iter().map(|p| p.start / SECTOR).min();
            let area = Area {
                start: GAP_START,
                end: first.unwrap_or(GAP_START),
            };
            ("the gap before the first partition", area)
        }
    };
    if area.end - area.start < images.sectors() {
        return Err(Error::TooSmall {
            path: path(),
            place,
            size: (area.end - area.start) * SECTOR,
            needed,
        });
    }
    Ok(area)
}

/// If `sector` is a boot sector of GRUB's: the sectors of `area` that the core image which it loads lies in.
fn used(device: &Device, sector: &[u8], area: Area) -> Result<Option<Area>, Error> {
    let start = u64_at(sector, KERNEL_SECTOR);
    if !(area.start..area.end).contains(&start) {
        return Ok(None);
    }
    let first = device.read(start * SECTOR, 512)?;
    let mut used = Area { start, end: start + 1 };
    // GRUB's own installer may have split the core image into several parts.
    for at in (0..=BLOCK_LIST).rev().step_by(12).take(32) {
        let (start, count) = (u64_at(&first, at), u64::from(u16_at(&first, at + 8)));
        // These bytes may not be a list at all, so the sum must not overflow.
        let end = start.saturating_add(count);
        if count == 0 || start < area.start || end > area.end {
            break;
        }
        used.start = used.start.min(start);
        used.end = used.end.max(end);
    }
    Ok(Some(used))
}

/// Refuses to overwrite what another program keeps in the gap.
fn check_reserved(device: &Device, slot: Area) -> Result<(), Error> {
    for sector in slot.start..slot.end {
        let bytes = device.read(sector * SECTOR, 16)?;
        if let Some((_, owner)) = RESERVED.iter().find(|(signature, _)| bytes.starts_with(signature)) {
            return Err(Error::Reserved {
                path: device.path.clone(),
                sector,
                owner,
            });
        }
    }
    Ok(())
}
