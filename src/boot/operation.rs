//! What pre-boot does to a disk or a file system, one step at a time.

use std::path::PathBuf;

/// One step. Steps are carried out in order; [`Operation::Sync`] stands where what came before must be on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Writes bytes into a block device or an image file.
    WriteAt {
        /// The device or file, as it was named.
        device: PathBuf,
        /// Where, in bytes from its start.
        offset: u64,
        /// What.
        bytes: Vec<u8>,
        /// What it is, in words: `GRUB's core image`.
        what: &'static str,
    },
    /// Makes a directory.
    MakeDirectory {
        /// Where.
        place: usize,
        /// Its path in the place.
        path: String,
    },
    /// Puts a file in place, under a temporary name first.
    PutFile {
        /// Where.
        place: usize,
        /// Its path in the place.
        path: String,
        /// What it holds.
        contents: Contents,
        /// Permission bits; a FAT file system ignores them.
        mode: u32,
    },
    /// Takes a file away.
    RemoveFile {
        /// Where.
        place: usize,
        /// Its path in the place.
        path: String,
    },
    /// Waits until everything written so far is on the disk. GRUB does not replay a file system's journal: with `freeze`
    /// the file system of the place is frozen and thawed where it can be, which empties the journal.
    Sync {
        /// The place.
        place: usize,
        /// Whether GRUB reads it.
        freeze: bool,
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

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// These bytes.
    Bytes(Vec<u8>),
    /// What a file of the store holds ([`super::store`]).
    Store(String),
    /// What a store path holds, then these bytes: an initrd with secrets.
    Appended {
        /// The store path.
        path: String,
        /// What comes after it.
        bytes: Vec<u8>,
    },
}
