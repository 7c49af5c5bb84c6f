//! What a disk or partition holds, by the signatures that file systems and volume managers leave, and whether GRUB's core
//! image can read it.

use super::device::{Device, Error};
use super::disk::{u16_at, u32_at, u64_at};

/// Features of ext4 that change its format in a way that GRUB's `ext2` module, as of 2.12, does not know. It then takes the
/// file system for an unknown one. Each with its name in mke2fs(8).
const UNREADABLE_BY_GRUB: [(u32, &str); 5] = [
    (0x0001, "compression"),
    (0x0400, "ea_inode"),
    (0x1000, "dirdata"),
    (0x8000, "inline_data"),
    (0x0002_0000, "casefold"),
];

const SWAP: &str = "swap space";

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name: `an ext4 file system`, `a member of an LVM volume group`.
    pub name: &'static str,
    /// Whether GRUB's core image can read what it holds.
    pub by_grub: ByGrub,
    /// Whether this is swap space, which holds no files.
    pub is_swap: bool,
}

/// Whether GRUB can read something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByGrub {
    /// It can.
    Readable,
    /// It cannot: the file system uses this feature, which GRUB does not know.
    Lacks(&'static str),
    /// It cannot: GRUB has no module for this.
    Unknown,
}

/// Signatures that suffice by themselves: offset, bytes, name, whether GRUB reads it.
const SIGNATURES: [(u64, &[u8], &str, ByGrub); 13] = [
    (0, b"XFSB", "an XFS file system", ByGrub::Readable),
    (0x1_0040, b"_BHRfS_M", "a btrfs file system", ByGrub::Readable),
    (512, b"LABELONE", "a member of an LVM volume group", ByGrub::Readable),
    (0, b"LABELONE", "a member of an LVM volume group", ByGrub::Readable),
    (0, b"LUKS\xba\xbe", "a LUKS volume", ByGrub::Unknown),
    (0x400, b"\x10\x20\xf5\xf2", "an F2FS file system", ByGrub::Unknown),
    (
        0x1018,
        b"\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81",
        "a bcachefs file system",
        ByGrub::Unknown,
    ),
    (
        0x1018,
        b"\xc6\x85\x73\xf6\x66\xce\x90\xa9\xd9\x6a\x60\xcf\x80\x3d\xf7\xef",
        "a bcachefs file system",
        ByGrub::Unknown,
    ),
    (0, b"hsqs", "a squashfs", ByGrub::Unknown),
    (0x400, b"\xe2\xe1\xf5\xe0", "an EROFS file system", ByGrub::Unknown),
    (0x8001, b"CD001", "an ISO 9660 file system", ByGrub::Unknown),
    (0xFF6, b"SWAPSPACE2", SWAP, ByGrub::Unknown),
    (3, b"NTFS    ", "an NTFS file system", ByGrub::Unknown),
];

/// Looks at the `size` bytes of `device` from `start` on; `None` where no signature is known.
///
/// # Errors
/// Where they cannot be read.
pub fn probe(device: &Device, start: u64, size: u64) -> Result<Option<Found>, Error> {
    for (offset, signature, name, by_grub) in &SIGNATURES {
        if offset + signature.len() as u64 <= size && device.holds(start + offset, signature)? {
            return Ok(Some(Found {
                name,
                by_grub: *by_grub,
                is_swap: *name == SWAP,
            }));
        }
    }
    if size < 0x2000 {
        return Ok(None);
    }
    if let Some(found) = ext(&device.read(start + 0x400, 0x400)?, size) {
        return Ok(Some(found));
    }
    let found = raid(device, start, size)?;
    Ok(found.then_some(Found {
        name: "a member of an md array",
        by_grub: ByGrub::Readable,
        is_swap: false,
    }))
}

/// ext2, ext3 and ext4. Two bytes are not much of a signature, so the rest has to make sense.
fn ext(block: &[u8], size: u64) -> Option<Found> {
    let (log_block_size, first_block) = (u32_at(block, 0x18), u32_at(block, 0x14));
    let blocks = u64::from(u32_at(block, 0x04));
    let is_ext = u16_at(block, 0x38) == 0xEF53 && log_block_size <= 6 && first_block <= 1 && u32_at(block, 0x4C) <= 1;
    if !is_ext || blocks == 0 || u32_at(block, 0) == 0 || blocks > size >> 10 {
        return None;
    }
    let incompatible = u32_at(block, 0x60);
    let lacks = UNREADABLE_BY_GRUB.iter().find(|(bit, _)| incompatible & bit != 0);
    Some(Found {
        name: "an ext4 file system",
        by_grub: lacks.map_or(ByGrub::Readable, |(_, name)| ByGrub::Lacks(name)),
        is_swap: false,
    })
}

/// An md superblock of version 1, at the start or 4 KiB behind it (1.1, 1.2) or near the end (1.0). The superblock says
/// itself where it lies: one near the end of a disk may belong to the last partition instead.
fn raid(device: &Device, start: u64, size: u64) -> Result<bool, Error> {
    let near_the_end = ((size >> 9).saturating_sub(16) & !7) << 9;
    for offset in [0, 0x1000, near_the_end] {
        if offset + 256 > size {
            continue;
        }
        let block = device.read(start + offset, 256)?;
        if u32_at(&block, 0) == 0xA92B_4EFC && u32_at(&block, 4) == 1 && u64_at(&block, 144) == offset >> 9 {
            return Ok(true);
        }
    }
    Ok(false)
}
