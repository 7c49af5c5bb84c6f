//! From the files that a place shall have, and those that it has, to operations: a transaction.
//!
//! A rename on FAT is not atomic, so no file that a boot depends on is ever replaced but for the loader itself and the
//! one small configuration: what is new comes under a new name. In order: what an interrupted run left behind goes; copies
//! of kernels and initrds; the loader; entries; the configuration; and only then what is ours and not needed any more,
//! entries before the copies that they name. Between these, everything is synced. So after an interruption at any point the
//! old menu is whole, or the new one.
//!
//! Files are compared by their contents: what is right is not written again, and what is not is mended. Names that are not
//! ours are never touched.

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
    /// The place cannot be looked at.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// A file's contents cannot be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Something else lies where a file or directory belongs.
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
        /// A file that has no room.
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
    /// Copies of kernels and initrds, and what else nothing depends on yet.
    Copy,
    /// The boot loader: one file after the other, each synced, since one of them is enough to boot.
    Loader,
    /// Entries of a menu.
    Entry,
    /// The file that says what boots.
    Configuration,
}

/// A file that a place shall have.
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

/// A directory in which some names are ours.
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
    /// Bytes that are free again once the files that are being written have their names.
    released: i64,
}

/// Collects the operations of all places, and what room they take.
#[derive(Debug, Default)]
pub struct Transaction {
    operations: Vec<Operation>,
    rooms: Vec<Room>,
    configured: Option<usize>,
}

/// A place, and how it is to become.
#[derive(Debug)]
pub struct Target<'a> {
    /// Its number.
    pub place: usize,
    /// Where it is.
    pub prefix: &'a Prefix,
    /// The files that it shall have; of several with one path the first counts.
    pub wanted: &'a [Wanted],
    /// Where old files of ours are looked for, in the order in which they go.
    pub ours: &'a [Ours<'a>],
    /// The directory in it that a loader reads without its journal ([`Operation::Sync`]).
    pub read_by_loader: Option<&'a str>,
}

impl Transaction {
    /// All operations, in order, and the number of the first one after the first place's configuration.
    pub fn finish(self) -> (Vec<Operation>, usize) {
        (self.operations, self.configured.unwrap_or_default())
    }

    /// Adds the operations that bring `target` up to date.
    ///
    /// # Errors
    /// See [`Error`]; too little room is one.
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

    /// What a run that was interrupted left behind; it may be what fills the file system.
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

    /// Takes away what nobody wants of what is ours: a file, or what is in a directory.
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

    /// Accounts for a file of `new` bytes that takes the place of one of `old` bytes; 0 stands for none.
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
        // Files that follow each other are all written before the first one takes its place.
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
    // FAT has no modes of its own; elsewhere what is secret stays so.
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
