//! What is written into a partition: one interface to every kind of file system, and to swap.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::disks::{FileSystem, Format};
use super::identity::Identity;
use super::root::{StagedRoot, TIME};
use super::{erofs, ext4, fat, swap};
use prefix::owners::Manifest;
use tree::errno::io_text;

/// Why a partition cannot be filled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// ext4.
    #[error(transparent)]
    Ext4(#[from] ext4::Error),
    /// FAT.
    #[error(transparent)]
    Fat(#[from] fat::Error),
    /// EROFS.
    #[error(transparent)]
    Erofs(#[from] erofs::Error),
    /// Swap.
    #[error(transparent)]
    Swap(#[from] swap::Error),
    /// A folder for what it shall hold.
    #[error("cannot create directory `{}`: {}", path.display(), io_text(source))]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
}

/// What a partition is to be filled with.
#[derive(Debug)]
pub struct Filler {
    what: &'static str,
    kind: Kind,
    uuid: String,
}

#[derive(Debug)]
enum Kind {
    Ext4 {
        maker: Box<ext4::Maker>,
        contents: ext4::Contents,
        tree: PathBuf,
        owners: Manifest,
    },
    Fat {
        options: fat::Options,
        tree: fat::Tree,
    },
    Erofs(erofs::Made),
    Swap(swap::Options),
}

/// What became of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its UUID, or the serial number of a FAT.
    pub uuid: String,
    /// How much of it is free, in bytes; `None` where nothing can be added.
    pub free: Option<u64>,
}

impl Filler {
    /// The file system of the partition `name`, to hold `tree` (nothing, where there is none). `program` makes it, where that
    /// is not done here; `work` is a folder for what is not kept.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn file_system(
        file_system: &FileSystem,
        tree: Option<&StagedRoot>,
        program: PathBuf,
        identity: &Identity,
        (name, work): (&str, &Path),
    ) -> Result<Self, Error> {
        let time = u32::try_from(TIME).unwrap_or(1);
        let (root, owners) = match tree {
            Some(tree) => (tree.root.clone(), tree.owners.clone()),
            None => (empty(work)?, Manifest::new()),
        };
        let number = identity.number(&format!("volume {name}"));
        let arguments = &file_system.arguments;
        let uuid = identity.uuid(&format!("file system {name}"));
        let (kind, uuid) = match file_system.format {
            Format::Ext4 => {
                let options = ext4::Options {
                    mkfs: program,
                    arguments: arguments.clone(),
                    uuid,
                    hash_seed: identity.uuid(&format!("hash seed {name}")),
                    time,
                };
                let maker = Box::new(ext4::Maker::new(&options, &work.join("ext4"))?);
                let contents = maker.measure(&root)?;
                let kind = Kind::Ext4 {
                    maker,
                    contents,
                    tree: root,
                    owners,
                };
                (kind, uuid.to_string())
            }
            Format::Erofs => {
                let options = erofs::Options {
                    mkfs: program,
                    arguments: arguments.clone(),
                    uuid,
                    time,
                };
                // Its size is known when it is made.
                let made = options.build(&root, &owners, &work.join(format!("erofs-{number}")))?;
                (Kind::Erofs(made), uuid.to_string())
            }
            Format::Vfat => {
                let options = fat::Options::new(arguments, number, time)?;
                let tree = fat::Tree::read(&root)?;
                let [high, low] = [number >> 16, number & 0xFFFF];
                (Kind::Fat { options, tree }, format!("{high:04X}-{low:04X}"))
            }
        };
        Ok(Self {
            what: file_system.format.name(),
            kind,
            uuid,
        })
    }

    /// Swap in the partition `name`.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn swap(arguments: &[String], identity: &Identity, name: &str) -> Result<Self, Error> {
        let uuid = identity.uuid(&format!("swap {name}"));
        Ok(Self {
            what: "swap",
            kind: Kind::Swap(swap::Options::new(arguments, uuid)?),
            uuid: uuid.to_string(),
        })
    }

    /// The name of the kind.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// The bytes that it takes, with `free` bytes to spare.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn needed(&self, free: u64) -> Result<u64, Error> {
        Ok(match &self.kind {
            Kind::Ext4 { maker, contents, .. } => maker.needed(contents, free)?,
            Kind::Fat { options, tree } => options.needed(tree, free)?,
            // There is no use for more.
            Kind::Erofs(made) => made.size,
            Kind::Swap(_) => 0,
        })
    }

    /// Fills `size` bytes of the file `image` from byte `offset` on.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn make(self, image: &Path, place: (u64, u64)) -> Result<Made, Error> {
        let free = match &self.kind {
            Kind::Ext4 {
                maker,
                contents,
                tree,
                owners,
            } => Some(maker.make((tree, contents), owners, image, place)?.free),
            Kind::Fat { options, tree } => Some(options.make(tree, image, place)?.free),
            Kind::Erofs(made) => {
                made.place(image, place)?;
                None
            }
            Kind::Swap(options) => {
                options.make(image, place)?;
                None
            }
        };
        Ok(Made { uuid: self.uuid, free })
    }
}

/// A folder with nothing in it.
fn empty(work: &Path) -> Result<PathBuf, Error> {
    let path = work.join("empty");
    match fs::create_dir(&path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(Error::Folder { path, source: error }),
        _ => Ok(path),
    }
}
