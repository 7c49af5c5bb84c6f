//! Secrets of an initrd, as bootspec defines them: a program is given the path of a copy of the initrd and appends to it.
//!
//! The copy is a file in memory. So secrets reach no disk before they are written to their final file, and the file to write is
//! known before the first write.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, stderr};
use std::os::fd::AsRawFd;
use std::process::{Command, Stdio};

use rustix::fs::MemfdFlags;

use super::Contents;
use super::store::{self, Store};

/// Why an initrd did not get its secrets.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The initrd cannot be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// No copy could be made.
    #[error("cannot copy `{path}`: {}", tree::errno::io_text(source))]
    Copy {
        /// The initrd.
        path: String,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// The prefix is not the root of this process: the program would take its secrets from the wrong system.
    #[error("`{0}` adds its secrets from the root that it runs in: run pre-boot inside of the prefix (chroot)")]
    AnotherRoot(String),
    /// The program cannot be run, or failed.
    #[error("cannot add secrets to the initrd: `{command}`: {message}")]
    Failed {
        /// The program.
        command: String,
        /// Why.
        message: String,
    },
}

/// What the initrd at `path` holds once `command` has added its secrets.
///
/// # Errors
/// See [`Error`].
pub fn append(store: &Store, command: &str, path: &str) -> Result<Contents, Error> {
    let fail = |source| Error::Copy {
        path: path.to_owned(),
        source,
    };
    let failed = |message: String| Error::Failed {
        command: command.to_owned(),
        message,
    };
    let memory = rustix::fs::memfd_create("initrd", MemfdFlags::CLOEXEC).map_err(|errno| fail(errno.into()))?;
    let mut copy = File::from(memory);
    std::io::copy(&mut store.open(path)?, &mut copy).map_err(fail)?;
    let before = copy.stream_position().map_err(fail)?;
    let status = Command::new(command)
        .arg(format!("/proc/{}/fd/{}", std::process::id(), copy.as_raw_fd()))
        .stdin(Stdio::null())
        .stdout(stderr())
        .status()
        .map_err(|error| failed(error.to_string()))?;
    if !status.success() {
        return Err(failed(status.to_string()));
    }
    let mut start = store.open(path)?.take(before);
    copy.seek(SeekFrom::Start(0)).map_err(fail)?;
    let mut bytes = Vec::new();
    copy.read_to_end(&mut bytes).map_err(fail)?;
    let mut original = Vec::new();
    start.read_to_end(&mut original).map_err(fail)?;
    if !bytes.starts_with(&original) {
        // The program may also have rewritten the initrd, instead of appending to it.
        return Ok(Contents::Bytes(bytes));
    }
    bytes.drain(..original.len());
    Ok(Contents::Appended {
        path: path.to_owned(),
        bytes,
    })
}
