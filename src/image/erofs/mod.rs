//! Makes EROFS, a read-only file system, from a directory tree. The mkfs.erofs that the plan names does it, as any user.
//!
//! mkfs.erofs cannot write at an offset, and the size is known only when it is done. So it makes a file of its own first, which
//! is then copied into the image.

mod in_image;
mod owners;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Command;

use uuid::Uuid;

pub use in_image::Erofs;

use super::bytes::Bytes;
use super::program;
use prefix::owners::Manifest;
use tree::FileError;

/// Options of mkfs.erofs that are refused: they would leave something out, or make different images of the same tree.
const NOT_HERE: [&str; 9] = [
    "-T",
    "-U",
    "--blobdev",
    "--exclude-path",
    "--exclude-regex",
    "--force-uid",
    "--force-gid",
    "--ignore-mtime",
    "--preserve-mtime",
];

/// How to make a file system.
#[derive(Debug, Clone)]
pub struct Options {
    /// mkfs.erofs.
    pub mkfs: PathBuf,
    /// The plan's own arguments for it.
    pub arguments: Vec<String>,
    /// Its UUID.
    pub uuid: Uuid,
    /// All times in it, in seconds since 1970.
    pub time: u32,
}

/// A finished file system in a file of its own. The file is removed when this is dropped.
#[derive(Debug)]
pub struct Finished {
    path: PathBuf,
    /// In bytes.
    pub size: u64,
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
    #[error("mkfs.erofs cannot take `{0}` here: the image builder decides that")]
    Argument(String),
    /// The owners manifest names something that is not there.
    #[error("the owners manifest names `{path}`, and there is no such {what}")]
    NoSuchFile {
        /// From the root of the file system.
        path: String,
        /// What it should be.
        what: &'static str,
    },
    /// The number of an owner is too large for the inode that mkfs.erofs made.
    #[error("`{path}` cannot belong to {uid}:{gid} on erofs as mkfs.erofs makes it: there numbers go to 65535")]
    LargeId {
        /// Its path from the root of the file system.
        path: String,
        /// Its owner.
        uid: u32,
        /// Its group.
        gid: u32,
    },
    /// It does not fit.
    #[error("the file system has {}, but its contents need {}: {} more", Bytes(*size), Bytes(*needed), Bytes(needed - size))]
    TooSmall {
        /// In bytes.
        size: u64,
        /// In bytes.
        needed: u64,
    },
}

impl Options {
    /// Makes the file system of `tree` in the new file `scratch`. Everything in it belongs to root, except for what `owners`
    /// names by its path from the root of the tree.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn build(&self, tree: &Path, owners: &Manifest, scratch: &Path) -> Result<Finished, Error> {
        let is_not_here = |argument: &&String| {
            // mkfs.erofs takes a word without a dash for the folder or the image.
            !argument.starts_with('-') || NOT_HERE.iter().any(|option| argument.starts_with(option))
        };
        if let Some(argument) = self.arguments.iter().find(is_not_here) {
            return Err(Error::Argument(argument.clone()));
        }
        let mut made = Finished {
            path: scratch.to_owned(),
            size: 0,
        };
        let time = format!("-T{}", self.time);
        let uuid = format!("-U{}", self.uuid);
        // Without extended attributes: those of the builder's machine mean nothing in the image.
        let mut arguments: Vec<OsString> = ["--quiet", "-x-1", "--all-root", &time, &uuid]
            .map(OsString::from)
            .into();
        arguments.extend(self.arguments.iter().map(OsString::from));
        arguments.extend([scratch.into(), tree.into()]);
        program::run(Command::new(&self.mkfs).args(&arguments), &[])?;
        owners::give(scratch, owners)?;
        made.size = fs::metadata(scratch).map_err(FileError::at("read", scratch))?.len();
        Ok(made)
    }
}

impl Finished {
    /// Copies the file system into the file `image`, from byte `offset` on. It may take `size` bytes there.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn copy_into(&self, image: &Path, (offset, size): (u64, u64)) -> Result<(), Error> {
        if size < self.size {
            let needed = self.size;
            return Err(Error::TooSmall { size, needed });
        }
        let from = File::open(&self.path).map_err(FileError::at("open", &self.path))?;
        let to = File::options()
            .write(true)
            .open(image)
            .map_err(FileError::at("open", image))?;
        let copy = || -> io::Result<u64> {
            (&to).seek(SeekFrom::Start(offset))?;
            // By the kernel, where it can.
            io::copy(&mut from.take(self.size), &mut &to)
        };
        copy().map_err(FileError::at("write", image))?;
        Ok(())
    }
}

impl Drop for Finished {
    fn drop(&mut self) {
        // A file that stays behind does no harm.
        let _ = fs::remove_file(&self.path);
    }
}
