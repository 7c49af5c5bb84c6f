//! Counts the inodes and blocks that a tree takes in an ext4 file system. The count is exact for files and links. For directories
//! it is an upper bound, too large by one block in many.

use std::collections::HashSet;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Error;
use super::format::Geometry;
use tree::FileError;

/// Blocks of an extent (15 bits of a length): more contiguous ones take another.
const EXTENT: u64 = 32768;
/// Extents that lie in the inode itself.
const INLINE_EXTENTS: u64 = 4;
/// A link with a shorter target lies in the inode itself.
const INLINE_LINK: u64 = 60;
/// Blocks to spare: the tables of the groups cut some files into more pieces than their size does.
const SLACK: u64 = 32;
/// `.`, `..` and, in the root, `lost+found`, in a directory's first block.
const FIRST_ENTRIES: u64 = 12 + 12 + 20;
/// The checksum in the last bytes of a directory's block, there or not.
const TAIL: u64 = 12;

/// What a tree takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contents {
    /// Files, directories, links and the like, without the root; a file with several names once.
    pub inodes: u64,
    /// Blocks of the file system.
    pub blocks: u64,
}

impl Contents {
    /// In bytes, for blocks of this size.
    pub(super) fn bytes(&self, block_size: u64) -> u64 {
        self.blocks * block_size
    }

    /// Reads the tree at `path`. Holes are counted as if they were data, so that it does not matter how this tree is stored.
    pub(super) fn of(path: &Path, geometry: Geometry) -> Result<Self, Error> {
        let mut contents = Self {
            inodes: 0,
            blocks: SLACK,
        };
        let mut known = HashSet::new();
        let mut folders = vec![path.to_owned()];
        while let Some(folder) = folders.pop() {
            let mut names = Vec::new();
            for entry in fs::read_dir(&folder).map_err(FileError::at("list", &folder))? {
                names.push(entry.map_err(FileError::at("list", &folder))?.file_name());
            }
            // The order of mkfs.ext4: how the names fill the blocks depends on it.
            names.sort_unstable();
            contents.blocks += directory(names.iter().map(|name| name.as_bytes().len() as u64), geometry);
            for name in names {
                let path = folder.join(name);
                let found = fs::symlink_metadata(&path).map_err(FileError::at("read", &path))?;
                let is_link = found.is_symlink();
                if !found.is_dir() && !is_link && found.nlink() > 1 && !known.insert((found.dev(), found.ino())) {
                    continue;
                }
                contents.inodes += 1;
                if found.is_dir() {
                    folders.push(path);
                } else if found.is_file() {
                    contents.blocks += file(found.len(), geometry);
                } else if is_link && found.len() >= INLINE_LINK {
                    contents.blocks += 1;
                }
            }
        }
        Ok(contents)
    }
}

/// The blocks of a file of this many bytes.
///
/// Where mkfs.ext4 leaves out blocks of zeroes there are more extents, but each of them saves a block at least, and a block
/// holds more of them than that.
fn file(size: u64, geometry: Geometry) -> u64 {
    let blocks = size.div_ceil(geometry.block_size);
    if !geometry.has_extents {
        return blocks + indirect(blocks, geometry.block_size / 4);
    }
    // Extents of the greatest length, each of them cut in two by the tables of a group.
    let extents = 2 * blocks.div_ceil(EXTENT.min(8 * geometry.block_size));
    blocks + extent_blocks(extents, geometry)
}

/// The blocks of a directory with names of these lengths.
///
/// mkfs.ext4 puts each name into the first block with room for it. To look at the last block only takes at least as many:
/// no name comes to lie in an earlier block that way.
fn directory(names: impl Iterator<Item = u64>, geometry: Geometry) -> u64 {
    let room = geometry.block_size - TAIL;
    let (mut blocks, mut used) = (1, FIRST_ENTRIES);
    for length in names {
        let entry = (8 + length).next_multiple_of(4);
        if used + entry > room {
            blocks += 1;
            used = 0;
        }
        used += entry;
    }
    // Each block takes an extent: the contents of the files that it names lie in between.
    blocks
        + if geometry.has_extents {
            extent_blocks(blocks, geometry)
        } else {
            indirect(blocks, geometry.block_size / 4)
        }
}

/// The blocks of the tree that this many extents need.
fn extent_blocks(extents: u64, geometry: Geometry) -> u64 {
    let mut level = extents;
    let mut blocks = 0;
    // A header and, perhaps, a checksum.
    let in_a_block = (geometry.block_size - 12 - 4) / 12;
    while level > INLINE_EXTENTS {
        // Half full, as the tree splits its blocks.
        level = level.div_ceil(in_a_block / 2);
        blocks += level;
    }
    blocks
}

/// The blocks that hold nothing but the addresses of this many, `in_a_block` of them in each.
fn indirect(blocks: u64, in_a_block: u64) -> u64 {
    let (mut rest, mut reach, mut indirect) = (blocks.saturating_sub(12), in_a_block, 0);
    for depth in 1..=3 {
        // Each tree takes over where the one before it, which is a level lower, is full.
        let mut level = rest.min(reach);
        rest -= level;
        reach *= in_a_block;
        for _ in 0..depth {
            level = level.div_ceil(in_a_block);
            indirect += level;
        }
    }
    indirect
}

#[cfg(test)]
mod tests {
    use super::*;

    const GEOMETRY: Geometry = Geometry {
        block_size: 4096,
        inode_size: 256,
        has_extents: true,
    };

    #[test]
    fn a_file_takes_whole_blocks() {
        assert_eq!(
            [0, 1, 4096, 4097, 40960].map(|size| file(size, GEOMETRY)),
            [0, 1, 1, 2, 10]
        );
        // 8192 extents' worth of a terabyte need a tree of their own.
        let blocks = 1 << 28;
        assert_eq!(file(1 << 40, GEOMETRY) - blocks, 16384_u64.div_ceil(170) + 1);
    }

    #[test]
    fn without_extents_large_files_have_blocks_of_addresses() {
        let old = Geometry {
            has_extents: false,
            ..GEOMETRY
        };
        assert_eq!(file(12 * 4096, old), 12);
        assert_eq!(file(13 * 4096, old), 14);
        assert_eq!(file((12 + 1024) * 4096, old), 12 + 1024 + 1);
        assert_eq!(file((12 + 1024 + 1) * 4096, old), 12 + 1024 + 1 + 3);
        let blocks = 12 + 1024 + 1024 * 1024;
        assert_eq!(file(blocks * 4096, old) - blocks, 1 + 1 + 1024);
    }

    #[test]
    fn a_directory_has_a_block_at_least_and_is_filled_name_by_name() {
        assert_eq!(directory([].into_iter(), GEOMETRY), 1);
        // 40 bytes each.
        assert_eq!(directory([32; 101].into_iter(), GEOMETRY), 1);
        assert_eq!(directory([32; 102].into_iter(), GEOMETRY), 2);
    }
}
