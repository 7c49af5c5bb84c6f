//! The error of every operation on a file, with one wording: what cannot be done, with which path, and why.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::errno::io_text;

/// An operation on a file that the operating system refused.
#[derive(Debug)]
pub struct FileError {
    /// The operation, as a verb in its plain form: `read`, `set the mode of`.
    pub operation: &'static str,
    /// The path of the file.
    pub path: PathBuf,
    /// The operating system's answer.
    pub source: io::Error,
}

impl FileError {
    /// The error of `operation` with `path`, for `map_err`.
    pub fn at(operation: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self {
            operation,
            path,
            source,
        }
    }
}

impl fmt::Display for FileError {
    /// ``cannot read `/etc/motd`: No such file or directory``
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operation, path, reason) = (self.operation, OneLine(&self.path), io_text(&self.source));
        write!(f, "cannot {operation} `{path}`: {reason}")
    }
}

impl Error for FileError {}

/// A path on one line: its control characters are escaped, so that a file name cannot break a message.
#[derive(Debug)]
pub struct OneLine<'a>(pub &'a Path);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.to_string_lossy().chars() {
            if c.is_control() {
                write!(f, "{}", c.escape_default())?;
            } else {
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_operation_path_and_reason_on_one_line() {
        let error = FileError::at("write", "/mnt/a\nb")(io::Error::from_raw_os_error(28));
        assert_eq!(error.to_string(), "cannot write `/mnt/a\\nb`: No space left on device");
    }
}
