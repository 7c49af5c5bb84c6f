//! Owners, modes and removal beneath a prefix.
//!
//! A change goes to the inode that was looked at, and not to whatever has its name by now. Otherwise whoever may write to the
//! directory could exchange two names in it at any moment (`RENAME_EXCHANGE`), and be made the owner of a directory of root's.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;

use super::error::Operation;
use super::inspect::{Found, Kind, absent};
use super::resolve::is_link;
use super::{Error, Prefix};

/// Whether the kernel let us set an owner or a mode. A refusal is no failure: rootless builds note it in the owners
/// manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// The owner or mode is as asked for.
    Yes,
    /// The kernel refused.
    Refused,
}

/// What became of a file that was to be replaced or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// The path is as asked for.
    Done,
    /// Something is mounted on the file, as a container engine does with `/etc/hosts`. It was kept, and a new file for its place
    /// was removed.
    Busy,
}

/// What became of a directory whose owner and mode were to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// Whether the kernel set the owner, and the mode.
    Set {
        /// The owner.
        owner: Granted,
        /// The mode.
        mode: Granted,
    },
    /// Another directory has the name by now, or none has it. Nothing was changed.
    Exchanged,
}

impl Prefix {
    /// Gives the directory at `path` to `uid` and `gid`. The setgid and sticky bits are kept, but set the mode afterwards
    /// all the same.
    ///
    /// # Errors
    /// Where there is no directory (a final link is not followed), or the change fails for another reason than that the
    /// kernel refuses it.
    pub fn set_owner(&self, path: &str, uid: u32, gid: u32) -> Result<Granted, Error> {
        self.on_directory(Operation::SetOwner, path, |directory| set_owner(directory, uid, gid))
    }

    /// Gives the directory at `path` exactly this `mode`.
    ///
    /// # Errors
    /// As [`Prefix::set_owner`].
    pub fn set_mode(&self, path: &str, mode: u32) -> Result<Granted, Error> {
        self.on_directory(Operation::SetMode, path, |directory| set_mode(directory, mode))
    }

    /// Gives the directory at `path` to `uid` and `gid`, and gives it exactly this `mode`; but only if it is still the
    /// directory that was `looked_at`. Where the kernel refuses the owner, the mode also has `rwx` (0700) for the user who
    /// runs, so that the next run can enter it.
    ///
    /// # Errors
    /// Where the change fails for another reason than that the kernel refuses it.
    pub fn change_directory(
        &self,
        path: &str,
        looked_at: &Found,
        (uid, gid): (u32, u32),
        mode: u32,
    ) -> Result<Changed, Error> {
        let (parent, name) = self.parent(Operation::SetOwner, path)?;
        let fail = |errno| self.error(Operation::SetOwner, path, errno);
        let directory = match open_directory(&parent, name) {
            Ok(directory) => directory,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(Changed::Exchanged),
            Err(errno) => return Err(fail(errno)),
        };
        let stat = rustix::fs::fstat(&directory).map_err(fail)?;
        // The owner is compared as well: the number of a removed inode is reused.
        if Found::new(Kind::Directory, &stat).identity() != looked_at.identity() {
            return Ok(Changed::Exchanged);
        }
        // Root sets the mode first. A run that is killed before it sets the owner leaves the old one, by which the directory
        // is still recognised.
        if rustix::process::geteuid().is_root() {
            set_mode(&directory, mode).map_err(fail)?;
        }
        let owner = set_owner(&directory, uid, gid).map_err(fail)?;
        let open = if owner == Granted::Refused { 0o700 } else { 0 };
        let mode = set_mode(&directory, mode | open).map_err(fail)?;
        self.wrote_in(&directory, stat.st_dev);
        Ok(Changed::Set { owner, mode })
    }

    /// Whether the kernel would let a new file in the directory that holds `path` have this owner (uid, gid) and `mode`. It is
    /// tried with a file that never has a name (`O_TMPFILE`). `None` where the file system has no such files.
    ///
    /// # Errors
    /// Where the directory cannot be reached.
    pub fn would_grant(&self, path: &str, (uid, gid): (u32, u32), mode: u32) -> Result<Option<bool>, Error> {
        let (parent, _) = self.parent(Operation::Inspect, path)?;
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&parent, ".", flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => file,
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT | Errno::NOSYS) => return Ok(None),
            Err(_) => return Ok(Some(false)),
        };
        let granted = |result: Result<Granted, Errno>| result == Ok(Granted::Yes);
        Ok(Some(
            granted(set_owner(&file, uid, gid)) && granted(set_mode(&file, mode)),
        ))
    }

    fn on_directory(
        &self,
        operation: Operation,
        path: &str,
        change: impl FnOnce(&OwnedFd) -> Result<Granted, Errno>,
    ) -> Result<Granted, Error> {
        let (parent, name) = self.parent(operation, path)?;
        let fail = |errno| self.error(operation, path, errno);
        let directory = open_directory(&parent, name).map_err(fail)?;
        let granted = change(&directory).map_err(fail)?;
        let device = rustix::fs::fstat(&directory).map_err(fail)?.st_dev;
        self.wrote_in(&directory, device);
        Ok(granted)
    }

    /// Removes the file, link or other non-directory at `path`. Gives [`Committed::Done`] also where nothing was there, and
    /// [`Committed::Busy`] where something is mounted on it: it is kept then.
    ///
    /// # Errors
    /// Where the kernel refuses, or a directory lies there.
    pub fn remove_file(&self, path: &str) -> Result<Committed, Error> {
        let Some((parent, name)) = absent(self.parent(Operation::Remove, path))? else {
            return Ok(Committed::Done);
        };
        let fail = |errno| self.error(Operation::Remove, path, errno);
        if is_link(&parent, name).map_err(fail)? {
            self.forget_parent();
        }
        match rustix::fs::unlinkat(&parent, name, AtFlags::empty()) {
            Ok(()) => {
                self.wrote(&parent);
                Ok(Committed::Done)
            }
            Err(Errno::NOENT) => Ok(Committed::Done),
            Err(Errno::BUSY) => Ok(Committed::Busy),
            Err(errno) => Err(fail(errno)),
        }
    }

    /// Removes the directory at `path` if it is empty and nothing is mounted on it. Returns whether it was removed. Anything that
    /// is not a directory is kept.
    ///
    /// # Errors
    /// Where the kernel refuses for another reason.
    pub fn remove_directory_if_empty(&self, path: &str) -> Result<bool, Error> {
        let Some((parent, name)) = absent(self.parent(Operation::RemoveDirectory, path))? else {
            return Ok(false);
        };
        self.forget_parent();
        match rustix::fs::unlinkat(&parent, name, AtFlags::REMOVEDIR) {
            Ok(()) => {
                self.wrote(&parent);
                Ok(true)
            }
            // The name `.`, for the prefix itself, gives EINVAL.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::NOTEMPTY | Errno::EXIST | Errno::BUSY | Errno::INVAL) => {
                Ok(false)
            }
            Err(errno) => Err(self.error(Operation::RemoveDirectory, path, errno)),
        }
    }
}

/// Opens a directory to change it; a link is not followed.
pub(super) fn open_directory(parent: impl AsFd, name: &str) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(parent, name, flags, Mode::empty())
}

/// Changes the owner of what is open at `descriptor`, unless it is right already.
pub(super) fn set_owner(descriptor: impl AsFd, uid: u32, gid: u32) -> Result<Granted, Errno> {
    let stat = rustix::fs::fstat(&descriptor)?;
    if (stat.st_uid, stat.st_gid) == (uid, gid) {
        return Ok(Granted::Yes);
    }
    refusal(rustix::fs::fchown(
        &descriptor,
        Some(Uid::from_raw(uid)),
        Some(Gid::from_raw(gid)),
    ))
}

/// Changes the mode of what is open at `descriptor`, unless it is right already.
pub(super) fn set_mode(descriptor: impl AsFd, mode: u32) -> Result<Granted, Errno> {
    if rustix::fs::fstat(&descriptor)?.st_mode & 0o7777 == mode & 0o7777 {
        return Ok(Granted::Yes);
    }
    if refusal(rustix::fs::fchmod(&descriptor, Mode::from_raw_mode(mode & 0o7777)))? == Granted::Refused {
        // A build sandbox refuses only the setuid and setgid bits: set the others without them.
        refusal(rustix::fs::fchmod(&descriptor, Mode::from_raw_mode(mode & 0o1777)))?;
    }
    // The kernel drops the setgid bit for a group that the caller is not in, without an error (chmod(2)). So does vfat with all
    // bits that it cannot store.
    let is_as_asked = rustix::fs::fstat(&descriptor)?.st_mode & 0o7777 == mode & 0o7777;
    Ok(if is_as_asked { Granted::Yes } else { Granted::Refused })
}

/// Tells a refusal of the kernel from a failure. These are refusals. EPERM: not the owner, no capability, or a
/// file system without owners. EINVAL: an id that the user namespace does not map. EOVERFLOW: one that an idmapped mount
/// or the file system's namespace does not map. EOPNOTSUPP, ENOSYS: a file system or sandbox that has no such operation.
fn refusal(result: Result<(), Errno>) -> Result<Granted, Errno> {
    match result {
        Ok(()) => Ok(Granted::Yes),
        Err(Errno::PERM | Errno::INVAL | Errno::OVERFLOW | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(Granted::Refused),
        Err(errno) => Err(errno),
    }
}
