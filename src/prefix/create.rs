//! Makes directories beneath a prefix.
//!
//! mkdir(2) returns no descriptor. So where others may write to the parent directory, they can exchange the new directory for
//! one of root's before it is opened to set its owner. In such a parent, the new directory is first made in a directory that
//! is closed to others, and then moved.

use std::os::fd::AsFd;

use rustix::fs::{AtFlags, FileType, Mode};
use rustix::io::Errno;
use rustix::process::{getegid, geteuid};

use super::change::{open_directory, set_mode, set_owner};
use super::error::Operation;
use super::inspect::{Found, Kind};
use super::resolve::Parent;
use super::temporary::temporary_name;
use super::writers::{self, Writers};
use super::{Error, Granted, Prefix};

impl Prefix {
    /// Makes a directory with exactly this `mode`, whatever the umask. A directory that is already there stays as it is.
    /// Whether the kernel granted the mode is not told here, but by [`Prefix::set_mode`].
    ///
    /// # Errors
    /// Where the kernel refuses, or something else lies there, a link to a directory included.
    pub fn make_directory(&self, path: &str, mode: u32) -> Result<(), Error> {
        self.create_directory(path, mode, None)?;
        Ok(())
    }

    /// Makes a directory with exactly this `mode`, whatever the umask, and this owner (uid, gid), as far as the kernel grants
    /// them. Returns what was made; `None` where a directory is there already.
    ///
    /// # Errors
    /// As [`Prefix::make_directory`].
    pub fn create_directory(&self, path: &str, mode: u32, owner: Option<(u32, u32)>) -> Result<Option<Found>, Error> {
        let (parent, name) = self.parent(Operation::MakeDirectory, path)?;
        let fail = |errno| self.error(Operation::MakeDirectory, path, errno);
        match rustix::fs::statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => {
                let kind = FileType::from_raw_mode(found.st_mode);
                if kind == FileType::Directory {
                    return Ok(None);
                }
                let what = super::inspect::special(kind);
                return Err(Error::InTheWay {
                    operation: Operation::MakeDirectory,
                    path: self.display(path),
                    what,
                });
            }
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(fail(errno)),
        }
        let is_shared = writers::of(&rustix::fs::fstat(&parent).map_err(fail)?) != Writers::Ours;
        let is_shared = is_shared && has_owners(&parent).map_err(fail)?;
        let new = if is_shared {
            make_apart(&parent, name, mode, owner)
        } else {
            make(&parent, name, mode, owner)
        };
        match new {
            Ok(new) => {
                self.wrote(&parent);
                Ok(Some(new))
            }
            // Somebody else made it in the meantime.
            Err(Errno::EXIST | Errno::NOTEMPTY) => Ok(None),
            Err(errno) => Err(fail(errno)),
        }
    }
}

/// Whether files have an owner and a mode of their own on the file system of `directory`: on FAT and the like, all files have
/// those that mount options give.
fn has_owners(directory: impl AsFd) -> Result<bool, Errno> {
    /// FAT, exFAT, NTFS. The numbers are from `linux/magic.h` and the drivers' sources.
    const WITHOUT: [u32; 3] = [0x4d44, 0x2011_BAB0, 0x7366_746e];
    let kind = rustix::fs::fstatfs(directory)?.f_type;
    // Four bytes, which some architectures extend by their sign.
    Ok(!WITHOUT.contains(&u32::try_from(kind & 0xFFFF_FFFF).unwrap_or_default()))
}

/// Makes the directory `name` in a `parent` in which nobody else can exchange it before it is opened.
fn make(parent: impl AsFd, name: &str, mode: u32, owner: Option<(u32, u32)>) -> Result<Found, Errno> {
    // It has its mode from the start, as far as the umask allows. So a run that is killed here leaves no closed directory.
    rustix::fs::mkdirat(&parent, name, Mode::from_raw_mode(mode & 0o7777))?;
    let directory = open_directory(&parent, name)?;
    if let Some((uid, gid)) = owner {
        set_owner(&directory, uid, gid)?;
    }
    set_mode(&directory, mode)?;
    let stat = rustix::fs::fstat(&directory)?;
    Ok(Found::new(Kind::Directory, &stat))
}

/// Makes the directory `name` in a `parent` that others may write to. It is made in a closed directory of our own, and moved
/// to its place once it has its owner and mode.
fn make_apart(parent: &Parent, name: &str, mode: u32, owner: Option<(u32, u32)>) -> Result<Found, Errno> {
    let temporary = temporary_name(name);
    discard_apart(parent, &temporary)?;
    rustix::fs::mkdirat(parent, &temporary, Mode::RWXU)?;
    let closed = open_directory(parent, &temporary)?;
    let stat = rustix::fs::fstat(&closed)?;
    let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
    if writers::of(&stat) == Writers::Ours {
        // It is the directory that we made. Or, if that was exchanged, it is another that nobody else can write to.
        let new = make(&closed, APART, mode, owner)
            .and_then(|new| rustix::fs::renameat(&closed, APART, parent, name).map(|()| new));
        discard_apart(parent, &temporary)?;
        return new;
    }
    discard_apart(parent, &temporary)?;
    if stat.st_uid != uid && set_owner(&closed, uid, gid)? == Granted::Refused {
        // Everything on this file system belongs to one user, whoever makes it. So no directory of root's can be given away.
        return make(parent, name, mode, owner);
    }
    Err(Errno::AGAIN)
}

/// The name of a directory while it is in the closed directory of [`make_apart`].
const APART: &str = ".system-installer.new";

/// Removes what [`make_apart`] leaves when it is interrupted.
pub(super) fn discard_apart(parent: &Parent, temporary: &str) -> Result<(), Errno> {
    let closed = match open_directory(parent, temporary) {
        Ok(closed) => closed,
        Err(Errno::NOENT) => return Ok(()),
        Err(errno) => return Err(errno),
    };
    for (directory, name) in [(closed.as_fd(), APART), (parent.as_fd(), temporary)] {
        match rustix::fs::unlinkat(directory, name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}
