//! Files and links that appear at their path in one step: they are written under a temporary name beside it, then renamed.
//!
//! To write many files, stage all of them, sync once ([`Prefix::sync`]), then commit all of them. This needs no sync per file,
//! and still no path ever leads to half a file after a power loss.

use std::fs;
use std::io::{self, Read, Write};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::change::{Committed, set_mode, set_owner};
use super::create::discard_apart;
use super::error::Operation;
use super::inspect::{absent, special};
use super::temporary::temporary_name;
use super::{Error, Granted, Prefix};

/// A file or link that lies ready under a temporary name beside its path. If it is never committed, it stays there until the same
/// path is staged again or [`Prefix::discard_leftover`] removes it.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Staged {
    /// The path that it will have.
    pub path: String,
    /// Whether it has the owner that was asked for.
    pub owner: Granted,
    /// Whether it has the mode that was asked for.
    pub mode: Granted,
}

impl Prefix {
    /// Writes `contents` to a temporary file beside `path`, with this owner (uid, gid) and then this mode. Where the kernel
    /// refuses the owner, setuid and setgid bits are left out, since they would grant the wrong user's rights; the mode then
    /// counts as refused as well.
    ///
    /// # Errors
    /// Where the contents cannot be read or written. The temporary file is removed then.
    pub fn stage_file(
        &self,
        path: &str,
        contents: &mut dyn Read,
        mode: u32,
        owner: (u32, u32),
    ) -> Result<Staged, Error> {
        let (parent, name) = self.parent(Operation::Write, path)?;
        let temporary = temporary_name(name);
        let fail = |errno| self.error(Operation::Write, path, errno);
        unlink(&parent, &temporary).map_err(fail)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&parent, &temporary, flags, Mode::RUSR | Mode::WUSR).map_err(fail)?;
        self.wrote(&parent);
        let staged = self.fill(path, file.into(), contents, mode, owner);
        if staged.is_err() {
            // The error to report is the first one. A leftover is found again by its name.
            let _ = unlink(&parent, &temporary);
        }
        staged
    }

    fn fill(
        &self,
        path: &str,
        mut file: fs::File,
        contents: &mut dyn Read,
        mode: u32,
        (uid, gid): (u32, u32),
    ) -> Result<Staged, Error> {
        let fail = |errno| self.error(Operation::Write, path, errno);
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let length = match contents.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => {
                    return Err(Error::Contents {
                        path: self.display(path),
                        source,
                    });
                }
            };
            file.write_all(&buffer[..length])
                .map_err(|error| fail(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
        }
        // In this order: a change of owner clears setuid and setgid.
        let owner = set_owner(&file, uid, gid).map_err(fail)?;
        let allowed = if owner == Granted::Yes { mode } else { mode & 0o1777 };
        let mut granted = set_mode(&file, allowed).map_err(fail)?;
        if allowed != mode {
            granted = Granted::Refused;
        }
        Ok(Staged {
            path: path.to_owned(),
            owner,
            mode: granted,
        })
    }

    /// Makes a link with the target `target` under a temporary name beside `path`. Its owner is not set, since links have no mode
    /// and their owner does not matter.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub fn stage_symlink(&self, path: &str, target: &str) -> Result<Staged, Error> {
        let (parent, name) = self.parent(Operation::Link, path)?;
        let temporary = temporary_name(name);
        let fail = |errno| self.error(Operation::Link, path, errno);
        unlink(&parent, &temporary).map_err(fail)?;
        rustix::fs::symlinkat(target, &parent, &temporary).map_err(fail)?;
        self.wrote(&parent);
        Ok(Staged {
            path: path.to_owned(),
            owner: Granted::Yes,
            mode: Granted::Yes,
        })
    }

    /// Renames a staged file or link to its path. A file or link that is there is replaced.
    ///
    /// # Errors
    /// Where a directory, FIFO, socket or device lies there, or the kernel refuses. The temporary file is kept then.
    pub fn commit(&self, staged: Staged) -> Result<Committed, Error> {
        let Staged { path, .. } = staged;
        let path = path.as_str();
        let (parent, name) = self.parent(Operation::Replace, path)?;
        let temporary = temporary_name(name);
        let fail = |errno| self.error(Operation::Replace, path, errno);
        match rustix::fs::statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => {}
                FileType::Symlink => self.forget_parent(),
                other => {
                    let what = special(other);
                    return Err(Error::InTheWay {
                        operation: Operation::Replace,
                        path: self.display(path),
                        what,
                    });
                }
            },
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(fail(errno)),
        }
        match rustix::fs::renameat(&parent, &temporary, &parent, name) {
            Ok(()) => {
                self.wrote(&parent);
                Ok(Committed::Done)
            }
            Err(Errno::BUSY) => {
                unlink(&parent, &temporary).map_err(fail)?;
                Ok(Committed::Busy)
            }
            Err(errno) => Err(fail(errno)),
        }
    }

    /// Removes what an interrupted run left staged for `path`.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub fn discard_leftover(&self, path: &str) -> Result<(), Error> {
        let Some((parent, name)) = absent(self.parent(Operation::Remove, path))? else {
            return Ok(());
        };
        let temporary = temporary_name(name);
        let result = match unlink(&parent, &temporary) {
            // A directory that was being made.
            Err(Errno::ISDIR) => discard_apart(&parent, &temporary),
            result => result,
        };
        match result {
            // Read-only: the kernel gives this error without looking whether there is a leftover.
            Err(Errno::ROFS) => Ok(()),
            result => result.map_err(|errno| self.error(Operation::Remove, path, errno)),
        }
    }
}

/// Removes a temporary, if it is there.
fn unlink(parent: &super::resolve::Parent, name: &str) -> Result<(), Errno> {
    match rustix::fs::unlinkat(parent, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(errno),
    }
}
