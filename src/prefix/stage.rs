//! Files and links that take their place in one step: written under another name beside it, then renamed.
//!
//! Whoever writes many stages all of them, syncs once ([`Prefix::sync`]), and then commits: no sync per file, and still
//! no name ever stands for half a file after a power loss.

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

/// A file or link that lies ready beside its place. Forgotten, it stays there until the same path is staged again or
/// [`Prefix::discard_leftover`] takes it away.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Staged {
    /// The place.
    pub path: String,
    /// Whether it has the owner that was asked for.
    pub owner: Granted,
    /// Whether it has the mode that was asked for.
    pub mode: Granted,
}

impl Prefix {
    /// Writes `contents` to a temporary file beside `path`, with this owner (uid, gid) and then this mode. A setuid or
    /// setgid bit is left out, and the mode counted as refused, where the owner is: it would lend the wrong identity.
    ///
    /// # Errors
    /// Where the contents cannot be read or written; the temporary file is then gone.
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
            // The first error is the one to tell; a leftover is found again by its name.
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

    /// Makes a link that says `target` beside `path`. Links have no mode, and nobody looks at their owner.
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

    /// Renames what is staged into its place, where it replaces a file or link.
    ///
    /// # Errors
    /// Where a directory, FIFO, socket or device lies there, or the kernel refuses. What is staged then stays.
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

    /// Takes away what an interrupted run left staged for `path`.
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
            // The kernel does not even look whether there is one.
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
