//! Fills the partitions of a disk. First each file system says how large it has to be, then the disk gets its size, and then the
//! file systems are written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::bytes::Bytes;
use super::disk_file::{self, DiskFile};
use super::disks::Held;
use super::file_system::{self, Filled, Filler, Recipe};
use super::identity::Identity;
use super::layout::End;
use super::log::Log;
use super::root::{StagedRoot, TIME};
use super::settings::{self, Settings};
use super::swap;
use prefix::owners::Manifest;
use tree::FileError;

/// Why a disk cannot be filled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A partition.
    #[error("partition `{partition}` of disk `{disk}`: {source}")]
    Partition {
        /// The disk.
        disk: String,
        /// The partition.
        partition: String,
        /// Why.
        source: file_system::Error,
    },
    /// A program is missing.
    #[error(transparent)]
    Settings(#[from] settings::Error),
    /// The disk.
    #[error(transparent)]
    Disk(#[from] disk_file::Error),
    /// A folder.
    #[error(transparent)]
    File(#[from] FileError),
}

/// What the disks are filled from.
#[derive(Debug)]
pub struct Source<'a> {
    /// How the images are made.
    pub settings: &'a Settings,
    /// What their UUIDs come from.
    pub identity: &'a Identity,
    /// The trees of the file systems, by mount point.
    pub trees: &'a [(String, StagedRoot)],
    /// A folder for files that are not kept.
    pub scratch: &'a Path,
}

/// The name of a partition: its disk's, and its own.
type Name<'a> = (&'a str, &'a str);

/// What a partition is going to be filled with.
struct Prepared {
    /// What it is called in the log: `ext4`.
    name: &'static str,
    filler: Box<dyn Filler>,
    /// How many bytes of it are contents, as far as that is known.
    contents: u64,
}

impl Source<'_> {
    /// Fills the partitions of `disk`, and gives it its final size. What each of them was filled with comes in their order;
    /// `None` stands for a partition that holds nothing.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn fill(&self, disk: &mut DiskFile, log: &mut Log) -> Result<Vec<Option<Filled>>, Error> {
        let disk_name = disk.planned.name.clone();
        log.phase("measuring");
        let mut contents = Vec::new();
        for (n, held) in disk.planned.contents.iter().enumerate() {
            let partition = &mut disk.planned.disk.partitions[n];
            let name = (disk_name.as_str(), partition.name.as_str());
            let Some(mut prepared) = self.prepare(held, name)? else {
                contents.push(None);
                continue;
            };
            let takes_rest = matches!(partition.end, End::Rest | End::BeforeEnd(_));
            let free = if disk.planned.size.is_none() && takes_rest {
                self.settings.free_space
            } else {
                0
            };
            partition.minimum = prepared.filler.needed(free).map_err(in_partition(name))?;
            prepared.contents = partition.minimum.saturating_sub(free);
            contents.push(Some(prepared));
        }
        disk.resize()?;
        let mut results = Vec::new();
        for (n, prepared) in contents.into_iter().enumerate() {
            let Some(prepared) = prepared else {
                results.push(None);
                continue;
            };
            let partition = disk.planned.disk.partitions[n].name.as_str();
            let extent = disk.layout.partitions[n];
            log.phase(&format!("{} {partition} ({})", prepared.name, Bytes(extent.size())));
            let write = || prepared.filler.write(&disk.path, extent.offset(), extent.size());
            let written = log.watch(&disk.path, prepared.contents, write);
            results.push(Some(written.map_err(in_partition((&disk_name, partition)))?));
        }
        Ok(results)
    }

    /// What a partition is filled with; `None` for one that holds nothing.
    fn prepare(&self, held: &Held, name: Name) -> Result<Option<Prepared>, Error> {
        let of = format!("{}/{}", name.0, name.1);
        let (what, filler): (_, Box<dyn Filler>) = match held {
            Held::Nothing => return Ok(None),
            Held::Swap { arguments } => {
                let options = swap::Options::new(arguments, self.identity.uuid(&format!("swap {of}")));
                let options = options.map_err(|error| in_partition(name)(file_system::Error::new(error)))?;
                ("swap", Box::new(options))
            }
            Held::FileSystem(planned) => {
                let (tree, owners) = self.tree(planned.mount_point.as_deref())?;
                let recipe = Recipe {
                    partition: &of,
                    identity: self.identity,
                    mkfs: self.settings.mkfs(planned.file_system, &of)?,
                    arguments: &planned.arguments,
                    tree: &tree,
                    owners: &owners,
                    time: TIME,
                    scratch: self.scratch,
                };
                let filler = planned.file_system.prepare(&recipe).map_err(in_partition(name))?;
                (planned.file_system.name(), filler)
            }
        };
        Ok(Some(Prepared {
            name: what,
            filler,
            contents: 0,
        }))
    }

    /// The tree of a mount point and its owners; an empty one, where nothing is mounted there.
    fn tree(&self, mount_point: Option<&str>) -> Result<(PathBuf, Manifest), FileError> {
        let staged = mount_point.and_then(|point| self.trees.iter().find(|(other, _)| other == point));
        match staged {
            Some((_, staged)) => Ok((staged.root.clone(), staged.owners.clone())),
            None => Ok((self.empty_folder()?, Manifest::new())),
        }
    }

    fn empty_folder(&self) -> Result<PathBuf, FileError> {
        let path = self.scratch.join("empty");
        match fs::create_dir(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(FileError::at("create directory", &path)(error))
            }
            _ => Ok(path),
        }
    }
}

fn in_partition((disk, partition): Name) -> impl FnOnce(file_system::Error) -> Error {
    let (disk, partition) = (disk.to_owned(), partition.to_owned());
    move |source| Error::Partition {
        disk,
        partition,
        source,
    }
}
