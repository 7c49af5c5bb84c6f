//! The operations of pre-boot on disks and file systems: how each is reported, and how it is carried out.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Serialize;

use super::Places;
use super::device::{self, Device};
use super::efi_variables::{self, Firmware, Variable};
use super::freeze::{freeze_and_thaw, thaw};
use super::kind;
use super::store::{self, Contents, Store};
use prefix::{self, Committed, OwnFileSystem, Prefix, Staged};

/// One step. Steps are carried out in order; [`Operation::Sync`] stands where all earlier ones must be on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Writes bytes to a block device or an image file, and waits until they are on the disk.
    WriteAt {
        /// The index of the disk in [`World::devices`].
        device: usize,
        /// Where, in bytes from its start.
        offset: u64,
        /// The bytes to write.
        bytes: Vec<u8>,
        /// What it is, in words: `GRUB's core image`.
        what: &'static str,
        /// Whether the disk boots even if only a part of it is written.
        is_safe: bool,
    },
    /// Makes a directory.
    MakeDirectory {
        /// Which of [`World::places`].
        place: usize,
        /// Its path in the place.
        path: String,
    },
    /// Writes a file under a temporary name, then renames it. Consecutive `PutFile`s are all written and synced before the first
    /// one is renamed.
    PutFile {
        /// Which of [`World::places`].
        place: usize,
        /// Its path in the place.
        path: String,
        /// What it holds.
        contents: Contents,
        /// Permission bits; a FAT file system ignores them.
        mode: u32,
    },
    /// Removes a directory, if it is empty.
    RemoveDirectory {
        /// Which of [`World::places`].
        place: usize,
        /// Its path in the place.
        path: String,
    },
    /// Removes a file.
    RemoveFile {
        /// Which of [`World::places`].
        place: usize,
        /// Its path in the place.
        path: String,
    },
    /// Waits until everything written so far is on the disk. GRUB and U-Boot do not replay a file system's journal. So the file
    /// system that they read is also frozen and thawed where that is possible, which empties its journal.
    Sync {
        /// Which of [`World::places`].
        place: usize,
        /// The directory whose file system such a loader reads, if one does.
        read_by_loader: Option<String>,
    },
    /// Writes a firmware variable of the global vendor ([`super::efi_variables`]).
    SetVariable {
        /// Its name: `BootOrder`.
        name: String,
        /// Its value, without the attributes.
        value: Vec<u8>,
    },
    /// Runs a command.
    Run {
        /// Its words.
        command: Vec<String>,
        /// Variables merged into this process's environment.
        environment: Vec<(String, String)>,
    },
}

impl From<Variable> for Operation {
    fn from(Variable { name, value }: Variable) -> Self {
        Self::SetVariable { name, value }
    }
}

/// The places and disks that operations name by number.
#[derive(Debug)]
pub struct World {
    /// The root and the ESPs.
    pub places: Places,
    /// The store path of the system.
    pub system: String,
    /// The disks.
    pub devices: Vec<Device>,
}

/// What the report says of an operation, in words and as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Description {
    /// `create`, `write`, `remove`, `sync`, `run`.
    pub action: &'static str,
    /// `directory`, `file`, `GRUB's boot sector`, ...
    pub what: &'static str,
    /// A path, a variable's name, a command.
    pub subject: String,
    /// Where in the disk is written, in bytes from its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How much is written, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

impl fmt::Display for Description {
    /// `write GRUB's core image disk.img: 182784 bytes at 1048576`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.action, self.what, self.subject)?;
        match (self.size, self.offset) {
            (Some(size), Some(offset)) => write!(f, ": {size} bytes at {offset}"),
            (Some(size), None) => write!(f, ": {size} bytes"),
            _ => Ok(()),
        }
    }
}

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A disk cannot be read or written.
    #[error(transparent)]
    Device(#[from] device::Error),
    /// A file system cannot be read or written.
    #[error(transparent)]
    Prefix(#[from] prefix::Error),
    /// Something is mounted on a file that had to be replaced.
    #[error("cannot replace `{0}`: something is mounted on it")]
    Busy(String),
    /// A file of the store cannot be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A firmware variable cannot be read or written.
    #[error(transparent)]
    Firmware(#[from] efi_variables::Error),
    /// A command cannot be run, or failed.
    #[error("`{command}` failed: {message}")]
    Command {
        /// Its first word.
        command: String,
        /// How it ended.
        message: String,
    },
    /// Some operations were carried out, and then one failed.
    #[error("{source}; {done} of {total} steps are done, and {state}: run pre-boot again")]
    Stopped {
        /// Why.
        source: Box<Error>,
        /// How many were carried out.
        done: usize,
        /// How many there were.
        total: usize,
        /// What boots now.
        state: &'static str,
    },
}

impl World {
    /// The stores that files come from.
    pub fn store(&self) -> Store<'_> {
        Store::of(&self.places.root, &self.system)
    }

    /// The place with this number. A number that no place has gives the root; no operation has such a number.
    fn place(&self, number: usize) -> &Prefix {
        self.places.get(number).unwrap_or(&self.places.root)
    }

    fn path_of(&self, place: usize, path: &str) -> String {
        self.place(place).display(path).display().to_string()
    }

    /// What the report says of `operation`.
    ///
    /// # Errors
    /// Where the size of what it writes cannot be found out.
    pub fn describe(&self, operation: &Operation) -> Result<Description, Error> {
        let described = |action, what, subject| Description {
            action,
            what,
            subject,
            offset: None,
            size: None,
        };
        Ok(match operation {
            Operation::WriteAt {
                device,
                offset,
                bytes,
                what,
                ..
            } => Description {
                offset: Some(*offset),
                size: Some(bytes.len() as u64),
                ..described("write", what, self.devices[*device].path.display().to_string())
            },
            Operation::MakeDirectory { place, path } => described("create", "directory", self.path_of(*place, path)),
            Operation::PutFile {
                place, path, contents, ..
            } => Description {
                size: Some(self.store().contents(contents)?.1),
                ..described("write", "file", self.path_of(*place, path))
            },
            Operation::RemoveFile { place, path } => described("remove", "file", self.path_of(*place, path)),
            Operation::RemoveDirectory { place, path } => described("remove", "directory", self.path_of(*place, path)),
            Operation::Sync { place, read_by_loader } => {
                let prefix = self.place(*place);
                let what = if journal_to_empty(prefix, read_by_loader.as_deref())?.is_some() {
                    "file system and empty the journal of"
                } else {
                    "file system"
                };
                described("sync", what, prefix.path().display().to_string())
            }
            Operation::SetVariable { name, value } => Description {
                size: Some(value.len() as u64),
                ..described("write", "firmware variable", name.clone())
            },
            Operation::Run { command, .. } => described("run", "command", command.join(" ")),
        })
    }

    /// Carries out `operations` in order. When one fails, nothing is undone: their order is such that the machine boots the old
    /// menu or the new one, and that the next run completes them.
    ///
    /// # Errors
    /// Where one fails.
    pub fn execute(&self, operations: &[Operation]) -> Result<(), Error> {
        let mut done = 0;
        while let Some(operation) = operations.get(done) {
            let rest = &operations[done..];
            let files = rest
                .iter()
                .take_while(|op| matches!(op, Operation::PutFile { .. }))
                .count();
            let result = match files {
                0 => self.execute_one(operation),
                _ => self.put_files(&rest[..files]),
            };
            if let Err(source) = result {
                let state = match operation {
                    Operation::WriteAt { is_safe: false, .. } => "the disk may not boot until it has succeeded",
                    _ => "what booted before, or already the new menu, still boots",
                };
                let source = Box::new(source);
                return Err(Error::Stopped {
                    source,
                    done,
                    total: operations.len(),
                    state,
                });
            }
            done += files.max(1);
        }
        Ok(())
    }

    /// Cleans up after a run that did not finish: thaws the file systems that it may have left frozen, and syncs all that it may
    /// have written. A file that is found in place afterwards is on the disk, and survives a power loss. `read_by_loader` are the
    /// directories beneath the root that a loader reads without replaying a journal ([`Operation::Sync`]).
    ///
    /// # Errors
    /// Where something cannot be synced.
    pub fn settle(&self, read_by_loader: &[String]) -> Result<(), Error> {
        let root = &self.places.root;
        for esp in &self.places.esps {
            esp.sync_file_system("/")?;
        }
        let mut journals: Vec<OwnFileSystem> = Vec::new();
        for directory in read_by_loader {
            let found = journal_to_empty(root, Some(directory))?;
            let is_new = |found: &OwnFileSystem| !journals.iter().any(|known| known.device == found.device);
            journals.extend(found.filter(is_new));
        }
        for file_system in &journals {
            thaw(&file_system.directory).map_err(|errno| failed_sync(root, errno))?;
        }
        for directory in read_by_loader {
            root.sync_file_system(&format!("{directory}/x"))?;
        }
        for file_system in &journals {
            freeze_and_thaw(&file_system.directory).map_err(|errno| failed_sync(root, errno))?;
        }
        for device in &self.devices {
            device.sync()?;
        }
        Ok(())
    }

    fn execute_one(&self, operation: &Operation) -> Result<(), Error> {
        match operation {
            Operation::WriteAt {
                device, offset, bytes, ..
            } => self.devices[*device].write(*offset, bytes)?,
            Operation::MakeDirectory { place, path } => self.place(*place).make_directory(path, 0o755)?,
            Operation::PutFile { .. } => self.put_files(std::slice::from_ref(operation))?,
            Operation::RemoveDirectory { place, path } => {
                self.place(*place).remove_directory_if_empty(path)?;
            }
            Operation::RemoveFile { place, path } => {
                if self.place(*place).remove_file(path)? == Committed::Busy {
                    return Err(Error::Busy(self.path_of(*place, path)));
                }
            }
            Operation::Sync { place, read_by_loader } => {
                let prefix = self.place(*place);
                prefix.sync()?;
                if let Some(file_system) = journal_to_empty(prefix, read_by_loader.as_deref())? {
                    freeze_and_thaw(&file_system.directory).map_err(|errno| failed_sync(prefix, errno))?;
                }
            }
            Operation::SetVariable { name, value } => {
                let directory = Path::new(efi_variables::DIRECTORY);
                Firmware { directory }.write(name, value)?;
            }
            Operation::Run { command, environment } => run(command, environment)?,
        }
        Ok(())
    }

    /// Writes every file under its temporary name, syncs once, and gives them their names.
    fn put_files(&self, files: &[Operation]) -> Result<(), Error> {
        let mut staged: Vec<(usize, Staged)> = Vec::new();
        if let Err(error) = self.stage(files, &mut staged) {
            // The disk may be full, so the new files are removed again. The error to report is the first one.
            for (place, staged) in &staged {
                let _ = self.place(*place).discard_leftover(&staged.path);
            }
            return Err(error);
        }
        for number in 0..=self.places.esps.len() {
            if staged.iter().any(|(place, _)| *place == number) {
                self.place(number).sync()?;
            }
        }
        for (place, staged) in staged {
            let path = staged.path.clone();
            if self.place(place).commit(staged)? == Committed::Busy {
                return Err(Error::Busy(self.path_of(place, &path)));
            }
        }
        Ok(())
    }

    fn stage(&self, files: &[Operation], staged: &mut Vec<(usize, Staged)>) -> Result<(), Error> {
        let owner = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        for file in files {
            if let Operation::PutFile {
                place,
                path,
                contents,
                mode,
            } = file
            {
                let (mut contents, _) = self.store().contents(contents)?;
                let file = self.place(*place).stage_file(path, &mut contents, *mode, owner)?;
                staged.push((*place, file));
            }
        }
        Ok(())
    }
}

fn failed_sync(prefix: &Prefix, errno: rustix::io::Errno) -> prefix::Error {
    prefix::Error::System {
        operation: prefix::Operation::Sync,
        path: prefix.path().to_owned(),
        errno,
    }
}

/// The file system of `directory`, beneath `root`, which a loader reads; `None` where that has no journal that needs emptying.
fn journal_to_empty(root: &Prefix, directory: Option<&str>) -> Result<Option<OwnFileSystem>, prefix::Error> {
    let Some(directory) = directory else { return Ok(None) };
    let found = root.own_file_system(directory)?;
    Ok(found.filter(|found| matches!(found.kind, kind::EXT4 | kind::XFS)))
}

/// Runs a command; what it prints goes to standard error, because standard output is for the report.
fn run(command: &[String], environment: &[(String, String)]) -> Result<(), Error> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(());
    };
    let failed = |message| Error::Command {
        command: program.clone(),
        message,
    };
    let status = Command::new(program)
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(io::stderr())
        .status()
        .map_err(|error| failed(error.to_string()))?;
    if status.success() {
        Ok(())
    } else {
        Err(failed(status.to_string()))
    }
}
