//! GRUB for BIOS on a disk: the boot sector, and the core image that it loads, in the BIOS boot partition of a GPT or in the
//! gap between an MBR and its first partition.
//!
//! The area is used as two halves: a new core image goes into the half that the boot sector in place does not lead to, and
//! only when it is on the disk is the boot sector changed, which is one sector. So a machine that loses power in between
//! still boots, the old core image or the new one. Only where the area is too small for two, the old one is overwritten.

use std::path::PathBuf;

use super::device::{self, Device};
use super::disk::{self, BIOS_BOOT, Kind, Scheme, Table, u16_at, u64_at};
use super::operation::Operation;
use super::readable;
use super::superblock;
use crate::prefix::OwnFileSystem;

/// The BIOS loads one sector of this size and GRUB counts in it; no other works.
const SECTOR: u64 = 512;
/// What a boot sector has for code: behind it come the disk's signature and the partition table.
const CODE: usize = 440;
/// Where a boot sector may describe a FAT file system (the BIOS parameter block). GRUB's code jumps over it.
const PARAMETERS: std::ops::Range<usize> = 3..0x5A;
/// In `boot.img`: the first sector of the core image, 64 bits.
const KERNEL_SECTOR: usize = 0x5C;
/// In `boot.img`: the drive to load it from; 0xFF stands for the one that the BIOS booted.
const BOOT_DRIVE: usize = 0x64;
/// In `boot.img`: a jump past a workaround for BIOSes that name the wrong drive. Hard disks need the workaround.
const DRIVE_CHECK: usize = 0x66;
/// In the first sector of the core image: the list of where the rest lies, from its end downwards. Each entry is a first
/// sector (64 bits), a number of sectors (16 bits) and the segment that they are loaded to (16 bits); 0 sectors end it.
const BLOCK_LIST: usize = 512 - 12;
/// The gap starts behind the MBR.
const GAP_START: u64 = 1;

/// What other programs are known to keep in sectors of the gap; GRUB's own installer knows the same.
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

/// Why GRUB does not go onto a disk.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk.
    #[error(transparent)]
    Device(#[from] device::Error),
    /// Its partition table.
    #[error(transparent)]
    Table(#[from] disk::Error),
    /// An image that is none.
    #[error("`{}` is not GRUB's {what} for BIOS", path.display())]
    Image {
        /// The image.
        path: PathBuf,
        /// `boot sector` or `core image`.
        what: &'static str,
    },
    /// Nothing that GRUB could boot from.
    #[error(transparent)]
    Readable(#[from] readable::Error),
    /// A disk that the BIOS cannot boot.
    #[error("`{}` has sectors of {size} bytes: GRUB for BIOS boots from sectors of 512 bytes only", path.display())]
    SectorSize {
        /// The disk.
        path: PathBuf,
        /// In bytes.
        size: u64,
    },
    /// The disk as a whole holds something.
    #[error(
        "`{}` as a whole is {found}: GRUB would destroy it (`wipefs` removes what is left of a former one)",
        path.display()
    )]
    InUse {
        /// The disk.
        path: PathBuf,
        /// What it is, with an article.
        found: &'static str,
    },
    /// A GPT without a place for the core image.
    #[error(
        "`{}` has no BIOS boot partition: GRUB on a GPT needs one of {needed} bytes or more \
         (type 21686148-6449-6E6F-744E-656564454649, `EF02` in gdisk)",
        path.display()
    )]
    NoBiosBoot {
        /// The disk.
        path: PathBuf,
        /// The size of the core image in bytes.
        needed: u64,
    },
    /// More than one place for the core image.
    #[error("`{}` has {count} BIOS boot partitions: GRUB may only have one", path.display())]
    SeveralBiosBoot {
        /// The disk.
        path: PathBuf,
        /// How many.
        count: usize,
    },
    /// The core image does not fit.
    #[error("{place} of `{}` has {size} bytes: GRUB's core image needs {needed}", path.display())]
    TooSmall {
        /// The disk.
        path: PathBuf,
        /// The partition or gap.
        place: &'static str,
        /// Its size in bytes.
        size: u64,
        /// The size of the core image in bytes.
        needed: u64,
    },
    /// Another program's data.
    #[error(
        "sector {sector} of `{}`, in the gap before the first partition, belongs to {owner}: \
         GRUB's core image would overwrite it",
        path.display()
    )]
    Reserved {
        /// The disk.
        path: PathBuf,
        /// Which sector.
        sector: u64,
        /// The program.
        owner: &'static str,
    },
}

/// GRUB's two images, as `grub-mkimage` and the package made them.
#[derive(Debug)]
pub struct Images {
    boot: Vec<u8>,
    core: Vec<u8>,
}

impl Images {
    /// Takes the contents of `boot.img` and `core.img`; the paths are for messages.
    ///
    /// # Errors
    /// Where they are something else.
    pub fn new(boot: (Vec<u8>, &str), core: (Vec<u8>, &str)) -> Result<Self, Error> {
        let wrong = |path: &str, what| {
            Err(Error::Image {
                path: path.into(),
                what,
            })
        };
        let (boot, boot_path) = boot;
        let (mut core, core_path) = core;
        let has_jump = matches!(boot.get(DRIVE_CHECK..DRIVE_CHECK + 2), Some([0xEB, _]));
        if boot.len() != 512 || !boot.ends_with(&[0x55, 0xAA]) || !has_jump {
            return wrong(boot_path, "boot sector");
        }
        // A segment that is loaded to, and room for more than the first sector.
        if core.len() <= 512 || core.len() > 1 << 24 || u16_at(&core, BLOCK_LIST + 10) == 0 {
            return wrong(core_path, "core image");
        }
        core.resize(core.len().next_multiple_of(512), 0);
        Ok(Self { boot, core })
    }

    fn sectors(&self) -> u64 {
        self.core.len() as u64 / SECTOR
    }

    /// The core image as it lies from sector `at` on.
    fn core_at(&self, at: u64) -> Vec<u8> {
        let mut core = self.core.clone();
        core[BLOCK_LIST..BLOCK_LIST + 8].copy_from_slice(&(at + 1).to_le_bytes());
        let rest = u16::try_from(self.sectors() - 1).unwrap_or(u16::MAX);
        core[BLOCK_LIST + 8..BLOCK_LIST + 10].copy_from_slice(&rest.to_le_bytes());
        core
    }

    /// The code of the boot sector that loads the core image from sector `at`, in place of the one in `sector`.
    fn boot_for(&self, at: u64, sector: &[u8]) -> Vec<u8> {
        let mut boot = self.boot[..CODE].to_vec();
        boot[KERNEL_SECTOR..KERNEL_SECTOR + 8].copy_from_slice(&at.to_le_bytes());
        boot[BOOT_DRIVE] = 0xFF;
        boot[DRIVE_CHECK..DRIVE_CHECK + 2].copy_from_slice(&[0x90, 0x90]);
        boot[PARAMETERS].copy_from_slice(&sector[PARAMETERS]);
        boot
    }
}

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

/// What there is to write.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Installation {
    /// The writes in order; none where everything is in place.
    pub operations: Vec<Operation>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// What there is to write so that `device`, which is number `number` of those in use, boots GRUB. `root` is the file system
/// that GRUB is to read, where that is known.
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

/// The sectors of `area` that the core image has that `sector` loads, if that is a boot sector of GRUB's.
fn used(device: &Device, sector: &[u8], area: Area) -> Result<Option<Area>, Error> {
    let start = u64_at(sector, KERNEL_SECTOR);
    if !(area.start..area.end).contains(&start) {
        return Ok(None);
    }
    let first = device.read(start * SECTOR, 512)?;
    let mut used = Area { start, end: start + 1 };
    // GRUB's own installer may have split it.
    for at in (0..=BLOCK_LIST).rev().step_by(12).take(32) {
        let (start, count) = (u64_at(&first, at), u64::from(u16_at(&first, at + 8)));
        if count == 0 || start < area.start || start + count > area.end {
            break;
        }
        used.start = used.start.min(start);
        used.end = used.end.max(start + count);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn images(length: usize) -> Result<Images, Error> {
        let mut boot = vec![b'b'; 512];
        boot[DRIVE_CHECK..DRIVE_CHECK + 2].copy_from_slice(&[0xEB, 5]);
        boot[510..].copy_from_slice(&[0x55, 0xAA]);
        let mut core = vec![b'c'; length];
        core[BLOCK_LIST..512].copy_from_slice(&[2, 0, 0, 0, 0, 0, 0, 0, 9, 9, 0x20, 8]);
        Images::new((boot, "boot.img"), (core, "core.img"))
    }

    #[test]
    fn the_boot_sector_leads_to_the_core_image_and_keeps_the_parameters() {
        let boot = images(1000).unwrap().boot_for(0x0102_0304_0506, &[b'o'; 512]);
        assert_eq!(boot.len(), 440);
        assert_eq!(boot[..3], *b"bbb");
        assert!(boot[3..0x5A].iter().all(|byte| *byte == b'o'));
        assert_eq!(boot[0x5C..0x68], [6, 5, 4, 3, 2, 1, 0, 0, 0xFF, b'b', 0x90, 0x90]);
    }

    #[test]
    fn the_core_image_is_told_where_its_rest_lies() {
        let images = images(1030).unwrap();
        let core = images.core_at(2048);
        assert_eq!(core.len(), 1536);
        assert_eq!(core[500..512], [1, 8, 0, 0, 0, 0, 0, 0, 2, 0, 0x20, 8]);
        assert_eq!(core[1030..], [0; 506]);
    }

    #[test]
    fn a_core_image_of_one_sector_has_no_rest() {
        assert!(matches!(images(512), Err(Error::Image { what: "core image", .. })));
    }
}
