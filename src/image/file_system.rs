//! What a type of file system has to be able to do, so that images can have it.
//!
//! Each type is a folder of its own with a [`FileSystem`] in it, and a row of the table `FILE_SYSTEMS`. What it makes of one
//! partition is a [`Filler`]; swap space is one as well.

use std::error;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

use super::identity::Identity;
use prefix::owners::Manifest;

/// A type of file system.
pub trait FileSystem: Debug + Sync {
    /// Its name, as in a plan's `format`: `ext4`.
    fn name(&self) -> &'static str;

    /// Whether `mkfs.NAME` makes it, of a package that the plan names in `image.mkfs`. Otherwise this program does.
    fn needs_mkfs(&self) -> bool;

    /// Whether its mkfs keeps two names of one symbolic link as such. Then the tree must not have any: a store has them on some
    /// machines and not on others, and the image is to be the same.
    fn keeps_linked_symlinks(&self) -> bool {
        false
    }

    /// Takes in what one file system of this type is to hold. Nothing is written to the image yet.
    ///
    /// # Errors
    /// Where the plan's arguments are not understood, the tree cannot be read or does not suit, or mkfs fails.
    fn prepare(&self, recipe: &Recipe<'_>) -> Result<Box<dyn Filler>, Error>;
}

/// What one file system is made from.
#[derive(Debug)]
pub struct Recipe<'a> {
    /// The partition, as `DISK/PARTITION`: its UUID comes from that.
    pub partition: &'a str,
    /// What every UUID of the image comes from.
    pub identity: &'a Identity,
    /// The program `mkfs.NAME`; empty for a type that needs none.
    pub mkfs: PathBuf,
    /// The plan's arguments for it.
    pub arguments: &'a [String],
    /// The tree that it is to hold.
    pub tree: &'a Path,
    /// Owners and modes of what is not simply root's, by path from the root of the tree.
    pub owners: &'a Manifest,
    /// All times in it, in seconds since 1970.
    pub time: u32,
    /// A folder for files that are not kept.
    pub scratch: &'a Path,
}

/// What a partition is going to be filled with.
pub trait Filler {
    /// The bytes that it takes, with `free` bytes to spare where something can be added later.
    ///
    /// # Errors
    /// Where no size is large enough, or mkfs fails.
    fn needed(&self, free: u64) -> Result<u64, Error>;

    /// Writes it into the file `image`: `size` bytes from byte `offset` on, which are all zeroes.
    ///
    /// # Errors
    /// Where it does not fit, or the image cannot be written.
    fn write(&self, image: &Path, offset: u64, size: u64) -> Result<Filled, Error>;
}

/// Why a partition cannot be filled: the error of one type of file system.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<dyn error::Error + Send + Sync>);

impl Error {
    /// Of a type's own error.
    pub fn new(error: impl error::Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }
}

/// What a partition was filled with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Its UUID, or the serial number of a FAT.
    pub uuid: String,
    /// How much of it is free, in bytes; `None` where nothing can be added later.
    pub free: Option<u64>,
}
