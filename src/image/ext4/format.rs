//! Finds inodes in an ext4 file system: reads its superblock, groups, extents, block maps and directories. Source: the kernel's
//! documentation, `filesystems/ext4`.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::Error;
use crate::inode::{u16_at, u32_at};
use tree::FileError;

/// The bytes of the superblock with the UUID.
const UUID: Range<usize> = 0x68..0x78;
/// The root directory's inode.
pub(super) const ROOT: u32 = 2;
/// Inodes that no file of the tree gets: ten, lost+found, and those of features that may come.
pub(super) const RESERVED_INODES: u64 = 16;

/// Incompatible features that this code does not know: with them inodes lie elsewhere.
const UNKNOWN: [(u32, &str); 5] = [
    (0x0008, "journal_dev"),
    (0x0010, "meta_bg"),
    (0x8000, "inline_data"),
    (0x0001, "compression"),
    (0x0400, "ea_inode"),
];
const EXTENTS: u32 = 0x0040;
const IS_64BIT: u32 = 0x0080;
const CHECKSUM_SEED: u32 = 0x2000;
const GROUP_CHECKSUMS: u32 = 0x0010;
const BIGALLOC: u32 = 0x0200;
const METADATA_CHECKSUMS: u32 = 0x0400;
/// In the flags of a group: its table has no inode in use.
const INODES_UNUSED: u16 = 1;
/// In the flags of an inode: extents, and no block map.
const HAS_EXTENTS: u32 = 0x8_0000;
/// The deepest that a tree of extents gets.
const DEEPEST: u16 = 5;

/// What sizes depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Geometry {
    /// In bytes.
    pub(super) block_size: u64,
    /// In bytes.
    pub(super) inode_size: u64,
    /// Whether files have extents.
    pub(super) has_extents: bool,
}

/// A file system in an image.
#[derive(Debug)]
pub(super) struct FileSystem {
    file: File,
    path: PathBuf,
    offset: u64,
    superblock: Vec<u8>,
    block_size: u64,
}

/// Where the used part of a group's inodes lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    /// The number of the first one.
    pub(super) first: u32,
    /// How many can be in use.
    pub(super) count: u64,
    /// The first block of the table.
    pub(super) table: u64,
}

impl FileSystem {
    /// Reads the superblock of the file system at byte `offset` of `path`.
    pub(super) fn open(path: &Path, offset: u64) -> Result<Self, Error> {
        let opened = File::options().read(true).write(true).open(path);
        let file = opened.map_err(FileError::at("open", path))?;
        let mut opened = Self {
            file,
            path: path.to_owned(),
            offset,
            superblock: Vec::new(),
            block_size: 0,
        };
        opened.superblock = opened.read(1024, 1024)?;
        let log_block_size = opened.u32(0x18);
        if opened.u16(0x38) != 0xEF53 || log_block_size > 6 || opened.u32(0x28) == 0 {
            return Err(opened.damaged("its superblock is missing"));
        }
        opened.block_size = 1024 << log_block_size;
        Ok(opened)
    }

    /// What sizes depend on; refuses what this code does not know.
    pub(super) fn geometry(&self) -> Result<Geometry, Error> {
        if let Some((_, name)) = UNKNOWN.iter().find(|(bit, _)| self.u32(0x60) & bit != 0) {
            return Err(Error::Feature(name));
        }
        if self.u32(0x64) & BIGALLOC != 0 {
            return Err(Error::Feature("bigalloc"));
        }
        Ok(Geometry {
            block_size: self.block_size,
            inode_size: self.inode_size() as u64,
            has_extents: self.u32(0x60) & EXTENTS != 0,
        })
    }

    pub(super) fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.superblock[UUID]);
        Uuid::from_bytes(bytes)
    }

    pub(super) fn blocks(&self) -> u64 {
        self.wide(0x04, 0x150)
    }

    pub(super) fn free_blocks(&self) -> u64 {
        self.wide(0x0C, 0x158)
    }

    pub(super) fn inodes(&self) -> u64 {
        self.u32(0x00).into()
    }

    pub(super) fn free_inodes(&self) -> u64 {
        self.u32(0x10).into()
    }

    pub(super) fn inode_size(&self) -> usize {
        match self.u32(0x4C) {
            0 => 128,
            _ => self.u16(0x58).into(),
        }
    }

    /// What the checksums of inodes start from, where they have some.
    pub(super) fn checksum_seed(&self) -> Option<u32> {
        if self.u32(0x64) & METADATA_CHECKSUMS == 0 {
            None
        } else if self.u32(0x60) & CHECKSUM_SEED != 0 {
            Some(self.u32(0x270))
        } else {
            Some(checksum(u32::MAX, &self.superblock[UUID]))
        }
    }

    /// The inode tables.
    pub(super) fn groups(&self) -> Result<Vec<Group>, Error> {
        let is_wide = self.u32(0x60) & IS_64BIT != 0;
        let size = if is_wide {
            usize::from(self.u16(0xFE)).max(64)
        } else {
            32
        };
        let has_counts = self.u32(0x64) & (GROUP_CHECKSUMS | METADATA_CHECKSUMS) != 0;
        let first_block = u64::from(self.u32(0x14));
        let count = (self.blocks() - first_block).div_ceil(u64::from(self.u32(0x20)).max(1));
        let length = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(size);
        let descriptors = self.read((first_block + 1) * self.block_size, length)?;
        let per_group = self.u32(0x28);
        let mut groups = Vec::new();
        for (descriptor, index) in descriptors.chunks_exact(size).zip(0..) {
            let high = |at| if is_wide { u32_at(descriptor, at) } else { 0 };
            let unused = match (has_counts, u16_at(descriptor, 0x12) & INODES_UNUSED) {
                (false, _) => 0,
                (true, INODES_UNUSED) => per_group,
                (true, _) => u32::from(u16_at(descriptor, 0x1C)) | (high(0x32) & 0xFFFF) << 16,
            };
            groups.push(Group {
                first: index * per_group + 1,
                count: u64::from(per_group.saturating_sub(unused)),
                table: u64::from(u32_at(descriptor, 0x08)) | u64::from(high(0x28)) << 32,
            });
        }
        Ok(groups)
    }

    /// The inode with this number.
    pub(super) fn inode(&self, groups: &[Group], number: u32) -> Result<Vec<u8>, Error> {
        let index = number.wrapping_sub(1);
        let (group, index) = (index / self.u32(0x28), u64::from(index % self.u32(0x28)));
        let Some(group) = groups.get(group as usize).filter(|group| index < group.count) else {
            return Err(self.damaged("a directory names an inode that there is not"));
        };
        let size = self.inode_size();
        self.read(group.table * self.block_size + index * size as u64, size)
    }

    /// The inode number of `name` in the directory with this inode.
    pub(super) fn look_up(&self, directory: &[u8], name: &[u8]) -> Result<Option<u32>, Error> {
        let mut blocks = Vec::new();
        if u32_at(directory, 0x20) & HAS_EXTENTS != 0 {
            self.extents(&directory[0x28..0x28 + 60], DEEPEST, &mut blocks)?;
        } else {
            let slot = |index: usize| u64::from(u32_at(directory, 0x28 + 4 * index));
            blocks.extend((0..12).map(slot));
            for depth in 1..=3 {
                self.addresses(slot(11 + depth), depth, &mut blocks)?;
            }
        }
        for block in blocks.into_iter().filter(|block| *block != 0) {
            let block = self.block(block)?;
            let mut at = 0;
            while at + 8 <= block.len() {
                let (inode, length) = (u32_at(&block, at), usize::from(u16_at(&block, at + 4)));
                if length < 8 {
                    return Err(self.damaged("a directory has an entry without length"));
                }
                if inode != 0 && block.get(at + 8..at + 8 + usize::from(block[at + 6])) == Some(name) {
                    return Ok(Some(inode));
                }
                at += length;
            }
        }
        Ok(None)
    }

    /// The blocks that a node of a tree of extents leads to.
    fn extents(&self, node: &[u8], deepest: u16, blocks: &mut Vec<u64>) -> Result<(), Error> {
        let (count, depth) = (usize::from(u16_at(node, 2)), u16_at(node, 6));
        if u16_at(node, 0) != 0xF30A || depth > deepest || 12 * (count + 1) > node.len() {
            return Err(self.damaged("a directory's extents are none"));
        }
        for entry in node[12..].chunks_exact(12).take(count) {
            if depth > 0 {
                let child = u64::from(u32_at(entry, 4)) | u64::from(u16_at(entry, 8)) << 32;
                self.extents(&self.block(child)?, depth - 1, blocks)?;
            } else {
                let start = u64::from(u32_at(entry, 8)) | u64::from(u16_at(entry, 6)) << 32;
                blocks.extend(start..start + u64::from(u16_at(entry, 4)));
            }
        }
        Ok(())
    }

    /// The blocks that a block of addresses leads to, `depth` levels down.
    fn addresses(&self, block: u64, depth: usize, blocks: &mut Vec<u64>) -> Result<(), Error> {
        if block == 0 {
            return Ok(());
        }
        for address in self.block(block)?.chunks_exact(4) {
            let address = u64::from(u32_at(address, 0));
            if depth > 1 {
                self.addresses(address, depth - 1, blocks)?;
            } else {
                blocks.push(address);
            }
        }
        Ok(())
    }

    fn block(&self, block: u64) -> Result<Vec<u8>, Error> {
        let size = usize::try_from(self.block_size).unwrap_or_default();
        self.read(block.saturating_mul(self.block_size), size)
    }

    pub(super) fn block_size(&self) -> u64 {
        self.block_size
    }

    /// `length` bytes from byte `at` of the file system on.
    pub(super) fn read(&self, at: u64, length: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; length];
        let read = self.file.read_exact_at(&mut bytes, self.offset.saturating_add(at));
        read.map_err(FileError::at("read", &self.path))?;
        Ok(bytes)
    }

    /// Writes from byte `at` of the file system on.
    pub(super) fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        let written = self.file.write_all_at(bytes, self.offset + at);
        Ok(written.map_err(FileError::at("write", &self.path))?)
    }

    pub(super) fn damaged(&self, what: &'static str) -> Error {
        let path = self.path.clone();
        Error::Damaged { path, what }
    }

    fn u16(&self, at: usize) -> u16 {
        u16_at(&self.superblock, at)
    }

    fn u32(&self, at: usize) -> u32 {
        u32_at(&self.superblock, at)
    }

    fn wide(&self, low: usize, high: usize) -> u64 {
        let high = if self.u32(0x60) & IS_64BIT != 0 {
            self.u32(high)
        } else {
            0
        };
        u64::from(self.u32(low)) | u64::from(high) << 32
    }
}

/// The CRC-32C that ext4 continues from `seed`: without the inversion that is usual at both ends.
pub(super) fn checksum(seed: u32, bytes: &[u8]) -> u32 {
    !crc32c::crc32c_append(!seed, bytes)
}
