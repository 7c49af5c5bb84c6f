//! What can go wrong beneath a prefix. Each message is one line.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use tree::OneLine;
use tree::errno::{errno_text, io_text};

use rustix::io::Errno;

/// An operation that failed. Messages name the operation, the path as the person at the host would write it, and the
/// errno's text.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A system call failed.
    #[error("cannot {operation} `{}`: {}", OneLine(path), errno_text(*errno))]
    System {
        /// What was attempted.
        operation: Operation,
        /// The path that it was attempted on.
        path: PathBuf,
        /// Why it failed.
        errno: Errno,
    },
    /// Something that must not be replaced lies where a file, link or directory should be.
    #[error("cannot {operation} `{}`: a {what} is in the way", OneLine(path))]
    InTheWay {
        /// What was attempted.
        operation: Operation,
        /// The path that it was attempted on.
        path: PathBuf,
        /// What lies there: `directory`, `FIFO`, ...
        what: &'static str,
    },
    /// A link on the way was not followed. Somebody other than root, the user who runs and the prefix's owner could have put it
    /// there, so it could lead anywhere.
    #[error("cannot {operation} `{}`: a link on the way belongs to another user", OneLine(path))]
    ForeignLink {
        /// What was attempted.
        operation: Operation,
        /// The path that it was attempted on.
        path: PathBuf,
    },
    /// The new contents of a file could not be read.
    #[error("cannot write `{}`: cannot read its contents: {}", OneLine(path), io_text(source))]
    Contents {
        /// The file that was to be written.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A file is larger than its reader is ready to hold in memory.
    #[error("cannot read `{}`: it has more than {limit} bytes", OneLine(path))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// Another program did not release a lock in time.
    #[error(
        "cannot lock `{}`: another program has held the lock for {seconds} seconds",
        OneLine(path)
    )]
    LockHeld {
        /// What is locked.
        path: PathBuf,
        /// How long we waited, in seconds.
        seconds: u64,
    },
    /// A path is not in the form that functions of this crate take.
    #[error("`{}` is not an absolute path without `.`, `..`, empty components and NUL", OneLine(Path::new(.0)))]
    NotNormalised(String),
}

impl Error {
    pub(super) fn system(operation: Operation, path: PathBuf, errno: Errno) -> Self {
        Self::System { operation, path, errno }
    }

    /// The errno, where the kernel gave one.
    pub fn errno(&self) -> Option<Errno> {
        match self {
            Self::System { errno, .. } => Some(*errno),
            Self::Contents { source, .. } => Errno::from_io_error(source),
            _ => None,
        }
    }
}

/// What was attempted, in the words of the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the words are in `Display`
pub enum Operation {
    OpenPrefix,
    Inspect,
    Read,
    MakeDirectory,
    SetOwner,
    SetMode,
    Write,
    Link,
    Replace,
    Remove,
    RemoveDirectory,
    Lock,
    Sync,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenPrefix => "open directory",
            Self::Inspect => "look at",
            Self::Read => "read",
            Self::MakeDirectory => "create directory",
            Self::SetOwner => "set the owner of",
            Self::SetMode => "set the mode of",
            Self::Write => "write",
            Self::Link => "create link",
            Self::Replace => "replace",
            Self::Remove => "remove",
            Self::RemoveDirectory => "remove directory",
            Self::Lock => "lock",
            Self::Sync => "sync",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_operation_path_and_reason_on_one_line() {
        let error = Error::system(Operation::Write, PathBuf::from("/mnt/a\nb"), Errno::NOSPC);
        assert_eq!(error.to_string(), "cannot write `/mnt/a\\nb`: No space left on device");
        assert_eq!(error.errno(), Some(Errno::NOSPC));
    }
}
