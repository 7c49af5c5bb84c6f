//! Makes ext4 from a directory tree, as any user. The mkfs.ext4 that the plan names fills it (`-d`) at its offset in the image.
//! Then one pass over the inodes gives every file its owner, and all of them the same times.
//!
//! How much room the tables and the journal take depends on mkfs.ext4's release and options. So it is tried out first, on an
//! empty, sparse file.

mod contents;
mod format;
mod in_image;
mod mkfs;
mod pass;

use std::path::{Path, PathBuf};

use uuid::Uuid;

pub use contents::Contents;
pub use in_image::Ext4;

use super::bytes::Bytes;
use super::program;
use format::{FileSystem, Geometry};
use mkfs::Mkfs;
use prefix::owners::Manifest;
use tree::FileError;

/// What a size is a multiple of, in bytes: the partition's alignment.
const STEP: u64 = 1 << 20;
/// Bytes of free space for each inode to spare, as in mke2fs.conf(5).
const BYTES_PER_INODE: u64 = 16384;
/// Below this mkfs.ext4 gives up, or leaves out the journal.
const SMALLEST: u64 = 8 << 20;

/// How to make a file system.
#[derive(Debug, Clone)]
pub struct Options {
    /// mkfs.ext4 or mke2fs.
    pub mkfs: PathBuf,
    /// The plan's own arguments for it; they win over ours.
    pub arguments: Vec<String>,
    /// Its UUID.
    pub uuid: Uuid,
    /// What its directories' hashes start from.
    pub hash_seed: Uuid,
    /// All times in it, in seconds since 1970; not 0, which mke2fs takes for none.
    pub time: u32,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory.
    #[error(transparent)]
    File(#[from] FileError),
    /// The program.
    #[error(transparent)]
    Mkfs(#[from] program::Error),
    /// An argument that would have it do something else.
    #[error("mkfs.ext4 cannot take `{0}` here: the image builder decides that")]
    Argument(String),
    /// A feature of ext4 that this program does not know.
    #[error("cannot make an ext4 file system with the feature `{0}`: the image builder does not know it")]
    Feature(&'static str),
    /// The contents do not fit.
    #[error("the file system has {}, but its contents need {}: {} more", Bytes(*size), Bytes(*needed), Bytes(needed - size))]
    TooSmall {
        /// In bytes.
        size: u64,
        /// In bytes.
        needed: u64,
    },
    /// The plan's arguments leave too few inodes.
    #[error("mkfs.ext4 with these arguments makes {inodes} inodes, but there are {needed} files: {} more", needed - inodes)]
    TooFewInodes {
        /// How many it made.
        inodes: u64,
        /// How many are needed.
        needed: u64,
    },
    /// The owners manifest names something that is not there.
    #[error("the owners manifest names `{path}`, and there is no such {what}")]
    NoSuchFile {
        /// From the root of the file system.
        path: String,
        /// What it should be.
        what: &'static str,
    },
    /// The file system in the image is none that mkfs.ext4 makes.
    #[error("the file system in `{}` is damaged: {what}", path.display())]
    Damaged {
        /// The image.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// A file system that was made, and the room in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// The file system's UUID: the plan's arguments may have named another one.
    pub uuid: Uuid,
    /// The file system's size in bytes.
    pub size: u64,
    /// How much of it is free, in bytes.
    pub free: u64,
    /// How many inodes it has.
    pub inodes: u64,
    /// How many of them are free.
    pub free_inodes: u64,
}

/// Makes file systems with one set of options.
#[derive(Debug)]
pub struct Maker {
    mkfs: Mkfs,
    time: u32,
    geometry: Geometry,
    scratch: PathBuf,
}

impl Maker {
    /// Tries the program and its options. At the path `scratch` a file is made and removed again for each size that is tried. It
    /// is sparse, and takes a few megabytes at most.
    ///
    /// # Errors
    /// Where the program cannot be run, or one of its arguments is refused, here or by the program.
    pub fn new(options: &Options, scratch: &Path) -> Result<Self, Error> {
        let probe = |mkfs: &Mkfs| mkfs.try_out(scratch, 16 * SMALLEST, None);
        let mut mkfs = Mkfs::new(options)?;
        let tried = probe(&mkfs).or_else(|_| {
            // Releases before 1.47 have fewer options. If the options were not the reason, this fails as well, and its error is
            // given.
            mkfs = mkfs.clone().of_old();
            probe(&mkfs)
        })?;
        let geometry = tried.geometry()?;
        Ok(Self {
            mkfs,
            time: options.time,
            geometry,
            scratch: scratch.to_owned(),
        })
    }

    /// What the tree at `path` takes in this file system.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn measure(&self, path: &Path) -> Result<Contents, Error> {
        Contents::of(path, self.geometry)
    }

    /// The size, in bytes, that the file system needs for `contents` with `free` bytes to spare. The blocks that ext4 reserves for
    /// root count as free.
    ///
    /// # Errors
    /// Where the program fails, or its arguments leave too few inodes.
    pub fn needed(&self, contents: &Contents, free: u64) -> Result<u64, Error> {
        let block_size = self.geometry.block_size;
        let wanted = contents.blocks + free.div_ceil(block_size);
        let inodes = self.inodes(contents, contents.bytes(block_size) + free);
        // Each group has inodes for as many blocks as a block of its bitmap has bits.
        let groups = inodes.div_ceil(8 * block_size).saturating_sub(1);
        let mut size = (wanted * block_size + inodes * self.geometry.inode_size)
            .max(groups * 8 * block_size * block_size)
            .max(SMALLEST)
            .next_multiple_of(STEP);
        loop {
            let tried = self.try_out(contents, size)?;
            let Some(missing) = wanted.checked_sub(tried.free_blocks()).filter(|missing| *missing > 0) else {
                return Ok(size);
            };
            size = (size + missing * block_size).next_multiple_of(STEP);
        }
    }

    /// Makes the file system of `tree`, whose `contents` [`Maker::measure`] found. It takes `size` bytes of the file `image` from
    /// byte `offset` on, which are all zeroes. Everything in it belongs to root, except for what `owners` names by its path from
    /// the root of the tree.
    ///
    /// # Errors
    /// See [`Error`]; where it does not fit, nothing has been written.
    pub fn make(
        &self,
        (tree, contents): (&Path, &Contents),
        owners: &Manifest,
        image: &Path,
        (offset, size): (u64, u64),
    ) -> Result<Usage, Error> {
        let mut size = size - size % self.geometry.block_size.max(1024);
        if size < SMALLEST || self.try_out(contents, size)?.free_blocks() < contents.blocks {
            let needed = self.needed(contents, 0)?;
            if needed > size {
                return Err(Error::TooSmall { size, needed });
            }
            // With a little more room the journal would be larger by more than that.
            size = needed;
        }
        self.mkfs
            .fill(image, (offset, size), self.inodes_for(contents, size), tree)?;
        let mut made = FileSystem::open(image, offset)?;
        pass::run(&mut made, owners, self.time)?;
        Ok(Usage {
            uuid: made.uuid(),
            size: made.blocks() * self.geometry.block_size,
            free: made.free_blocks() * self.geometry.block_size,
            inodes: made.inodes(),
            free_inodes: made.free_inodes(),
        })
    }

    /// An empty file system of this size.
    fn try_out(&self, contents: &Contents, size: u64) -> Result<FileSystem, Error> {
        let tried = self
            .mkfs
            .try_out(&self.scratch, size, self.inodes_for(contents, size))?;
        if tried.free_inodes() < contents.inodes {
            let (inodes, needed) = (tried.free_inodes(), contents.inodes);
            return Err(Error::TooFewInodes { inodes, needed });
        }
        Ok(tried)
    }

    /// How many inodes a file system of `size` bytes gets; `None` where the plan's arguments say so themselves.
    fn inodes_for(&self, contents: &Contents, size: u64) -> Option<u64> {
        (!self.mkfs.decides_on_inodes()).then(|| self.inodes(contents, size))
    }

    fn inodes(&self, contents: &Contents, size: u64) -> u64 {
        let free = size.saturating_sub(contents.bytes(self.geometry.block_size));
        contents.inodes + format::RESERVED_INODES + free / BYTES_PER_INODE
    }
}
