//! A transaction: compares the boot files that a place should have with those that it has, and lists the operations that bring
//! it up to date. A place is a directory tree that boot files are written to: an EFI system partition (ESP), or the system's root
//! with its `/boot` ([`super::Places`]).
//!
//! A rename on FAT is not atomic. So no file that a boot depends on is ever replaced, except the loader itself and the one
//! small configuration: new contents come under a new name. The order of the operations is:
//!
//! 1. remove what an interrupted run left behind;
//! 2. write copies of kernels and initrds;
//! 3. write the loader;
//! 4. write the menu's entries;
//! 5. write the configuration;
//! 6. remove our files that are not needed any more, entries before the copies that they name.
//!
//! Everything is synced between these. So after an interruption at any point the old menu is whole, or the new one.
//!
//! Files are compared by their contents: a file that is right is not written again, and one that is not is written anew. Files
//! whose names are not ours are never touched.

use std::io::Read;
use std::path::PathBuf;

use super::names;
use super::store::{self, Store};
use super::{Contents, Operation};
use prefix::{Error as PrefixError, Kind, Prefix};
use tree::path::beneath;

/// Why a place cannot be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The files of the place cannot be read.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// A file's contents cannot be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Something else lies where a file or directory has to be.
    #[error("cannot write `{}`: a {what} is in the way", path.display())]
    InTheWay {
        /// Where.
        path: PathBuf,
        /// What lies there.
        what: &'static str,
    },
    /// The file system is too small.
    #[error(
        "no room on the file system of `{}`: {needed} bytes are needed at the peak, {available} are free; nothing was changed",
        path.display()
    )]
    Full {
        /// The file that there is no room for.
        path: PathBuf,
        /// Bytes that are needed at the peak.
        needed: u64,
        /// Bytes that are free.
        available: u64,
    },
}

/// When a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// First: copies of kernels and initrds, and other files that nothing depends on yet.
    Copy,
    /// Then the boot loader. Its files are written and synced one after the other, since one whole file is enough to boot.
    Loader,
    /// Then the entries of the menu.
    Entry,
    /// Last: the file that says what boots.
    Configuration,
}

/// A file that a place should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its path in the place.
    pub path: String,
    /// What it holds.
    pub contents: Contents,
    /// Permission bits.
    pub mode: u32,
    /// When it is written.
    pub stage: Stage,
}

/// A directory in which files with some names are ours: they are removed when nothing needs them.
#[derive(Debug, Clone, Copy)]
pub struct Ours<'a> {
    /// Its path in the place.
    pub directory: &'a str,
    /// Which names are ours.
    pub is_ours: fn(&str) -> bool,
}

/// The room on a file system while operations are carried out.
#[derive(Debug)]
struct Room {
    device: u64,
    block: u64,
    available: Option<u64>,
    /// Bytes taken so far.
    taken: i64,
    /// Bytes that will be free again once the files that are being written have replaced the old ones.
    released: i64,
}

/// Collects the operations of all places, and checks that there is room for them.
#[derive(Debug, Default)]
pub struct Transaction {
    operations: Vec<Operation>,
    rooms: Vec<Room>,
    configured: Option<usize>,
}

/// A place (see [`super::Places`]), and the files that it should have.
#[derive(Debug)]
pub struct Target<'a> {
    /// Its number, by which operations name it.
    pub place: usize,
    /// The place itself, an open directory tree.
    pub prefix: &'a Prefix,
    /// The files that it should have. If several have one path, the first counts.
    pub wanted: &'a [Wanted],
    /// Where old files of ours are looked for, in the order in which they are removed.
    pub ours: &'a [Ours<'a>],
    /// The directory in it whose file system a loader reads without replaying the journal ([`Operation::Sync`]).
    pub read_by_loader: Option<&'a str>,
}

impl Transaction {
    /// All operations, in order, and the index of the first one behind those that write the first place's configuration.
    pub fn finish(self) -> (Vec<Operation>, usize) {
        (self.operations, self.configured.unwrap_or_default())
    }

    /// Adds the operations that bring `target` up to date.
    ///
    /// # Errors
    /// See [`Error`]; too little room on a file system is one of them.
    pub fn add(&mut self, target: &Target, store: &Store) -> Result<(), Error> {
        self.remove_leftovers(target)?;
        let mut made = Vec::new();
        for stage in [Stage::Copy, Stage::Loader, Stage::Entry, Stage::Configuration] {
            let before = self.operations.len();
            for (n, wanted) in target.wanted.iter().enumerate() {
                let is_first = !target.wanted[..n].iter().any(|earlier| earlier.path == wanted.path);
                if wanted.stage != stage || !is_first || is_right(target.prefix, wanted, store)? {
                    continue;
                }
                self.make_parents(target, &wanted.path, &mut made)?;
                self.put(target, wanted, store)?;
                if stage == Stage::Loader {
                    self.sync(target);
                }
            }
            if self.operations.len() > before && stage != Stage::Loader {
                self.sync(target);
            }
        }
        self.configured.get_or_insert(self.operations.len());
        for ours in target.ours {
            let before = self.operations.len();
            for name in target.prefix.list(ours.directory)? {
                let path = format!("{}/{name}", ours.directory);
                if (ours.is_ours)(&name) {
                    self.remove_unwanted(target, &path)?;
                }
            }
            if self.operations.len() > before {
                self.sync(target);
            }
        }
        Ok(())
    }

    /// Removes what an interrupted run left behind: it may be what fills the file system.
    fn remove_leftovers(&mut self, target: &Target) -> Result<(), Error> {
        let of_files = target.wanted.iter().filter_map(|wanted| wanted.path.rsplit_once('/'));
        let mut directories: Vec<&str> = Vec::new();
        for directory in of_files
            .map(|(directory, _)| directory)
            .chain(target.ours.iter().map(|ours| ours.directory))
        {
            if !directories.contains(&directory) {
                directories.push(directory);
            }
        }
        for directory in directories {
            for name in target.prefix.list(if directory.is_empty() { "/" } else { directory })? {
                if names::is_leftover(&name) {
                    self.remove(target, format!("{directory}/{name}"))?;
                }
            }
        }
        Ok(())
    }

    fn make_parents(&mut self, target: &Target, path: &str, made: &mut Vec<String>) -> Result<(), Error> {
        for (end, _) in path.match_indices('/').skip(1) {
            let parent = &path[..end];
            if made.iter().any(|known| known == parent) || target.prefix.leads_to_directory(parent)? {
                continue;
            }
            if let Some(found) = target.prefix.inspect(parent)? {
                return Err(Error::InTheWay {
                    path: target.prefix.display(parent),
                    what: found.kind.name(),
                });
            }
            self.operations.push(Operation::MakeDirectory {
                place: target.place,
                path: parent.to_owned(),
            });
            self.take(target.prefix, parent, 1, 0)?;
            made.push(parent.to_owned());
        }
        Ok(())
    }

    fn put(&mut self, target: &Target, wanted: &Wanted, store: &Store) -> Result<(), Error> {
        let old = match target.prefix.inspect(&wanted.path)? {
            None => 0,
            Some(found) => match found.kind {
                Kind::File => found.size,
                Kind::Symlink(_) => 0,
                Kind::Directory | Kind::Other(_) => {
                    return Err(Error::InTheWay {
                        path: target.prefix.display(&wanted.path),
                        what: found.kind.name(),
                    });
                }
            },
        };
        let (_, size) = store.contents(&wanted.contents)?;
        // The directory grows as well: FAT has an entry of 32 bytes for every 13 characters of a name, and one more.
        self.take(
            target.prefix,
            &wanted.path,
            size + 32 * (wanted.path.len() as u64 / 13 + 3),
            old,
        )?;
        self.operations.push(Operation::PutFile {
            place: target.place,
            path: wanted.path.clone(),
            contents: wanted.contents.clone(),
            mode: wanted.mode,
        });
        Ok(())
    }

    /// Removes a file of ours that is not wanted. In a directory of ours, does so with everything in it.
    fn remove_unwanted(&mut self, target: &Target, path: &str) -> Result<(), Error> {
        let is_directory = matches!(target.prefix.inspect(path)?, Some(found) if found.kind == Kind::Directory);
        let is_it = |wanted: &Wanted| wanted.path.eq_ignore_ascii_case(path);
        if !is_directory {
            let is_wanted = target.wanted.iter().any(is_it);
            return if is_wanted {
                Ok(())
            } else {
                self.remove(target, path.to_owned())
            };
        }
        for name in target.prefix.list(path)? {
            self.remove_unwanted(target, &format!("{path}/{name}"))?;
        }
        let holds = |wanted: &Wanted| beneath(path, &wanted.path).is_some();
        if !target.wanted.iter().any(holds) {
            self.operations.push(Operation::RemoveDirectory {
                place: target.place,
                path: path.to_owned(),
            });
        }
        Ok(())
    }

    fn remove(&mut self, target: &Target, path: String) -> Result<(), Error> {
        let Some(found) = target.prefix.inspect(&path)? else {
            return Ok(());
        };
        if found.kind != Kind::File {
            return Ok(());
        }
        self.take(target.prefix, &path, 0, found.size)?;
        self.operations.push(Operation::RemoveFile {
            place: target.place,
            path,
        });
        Ok(())
    }

    fn sync(&mut self, target: &Target) {
        for room in &mut self.rooms {
            room.taken = room.taken.saturating_sub(std::mem::take(&mut room.released));
        }
        self.operations.push(Operation::Sync {
            place: target.place,
            read_by_loader: target.read_by_loader.map(str::to_owned),
        });
    }

    /// Accounts for a file of `new` bytes that replaces one of `old` bytes; 0 stands for no file.
    fn take(&mut self, prefix: &Prefix, path: &str, new: u64, old: u64) -> Result<(), Error> {
        let device = prefix.device(path)?;
        let known = self.rooms.iter().position(|room| room.device == device);
        let at = known.unwrap_or(self.rooms.len());
        if known.is_none() {
            let space = prefix.space(path)?;
            self.rooms.push(Room {
                device,
                block: space.block,
                available: space.available,
                taken: 0,
                released: 0,
            });
        }
        let room = &mut self.rooms[at];
        let blocks = |bytes: u64| i64::try_from(bytes.div_ceil(room.block) * room.block).unwrap_or(i64::MAX);
        room.taken = room.taken.saturating_add(blocks(new));
        // Consecutive files are all written before the first one replaces an old one.
        room.released = room.released.saturating_add(blocks(old));
        if new == 0 {
            room.taken = room.taken.saturating_sub(std::mem::take(&mut room.released));
        }
        match (room.available, u64::try_from(room.taken)) {
            (Some(available), Ok(needed)) if new > 0 && needed > available => Err(Error::Full {
                path: prefix.display(path),
                needed,
                available,
            }),
            _ => Ok(()),
        }
    }
}

/// Whether the file is there already, with the right contents.
fn is_right(prefix: &Prefix, wanted: &Wanted, store: &Store) -> Result<bool, Error> {
    let Some(found) = prefix.inspect(&wanted.path)? else {
        return Ok(false);
    };
    let (mut reader, size) = store.contents(&wanted.contents)?;
    if found.kind != Kind::File || found.size != size {
        return Ok(false);
    }
    // FAT has no modes of its own. Elsewhere a secret file that others may read has to be written again.
    if found.mode & !wanted.mode & 0o077 != 0 && !prefix.is_fat() {
        return Ok(false);
    }
    let Some(mut file) = prefix.open_file(&wanted.path)? else {
        return Ok(false);
    };
    let fail = |source| store::Error::Read {
        path: prefix.display(&wanted.path),
        source,
    };
    let mut ours = vec![0; 64 * 1024];
    let mut theirs = vec![0; 64 * 1024];
    loop {
        let length = fill(&mut reader, &mut ours).map_err(fail)?;
        if fill(&mut file, &mut theirs).map_err(fail)? != length || ours[..length] != theirs[..length] {
            return Ok(false);
        }
        if length == 0 {
            return Ok(true);
        }
    }
}

/// Reads until `buffer` is full or nothing is left.
fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match reader.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}
