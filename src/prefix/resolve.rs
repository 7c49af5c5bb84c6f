//! From a path inside the prefix to a descriptor, as if the prefix were `/`: links are followed, an absolute one starts
//! at the prefix again, and `..` at the top stays there.
//!
//! The kernel does it with openat2(2) where there is no link on the way. Where there is one, or that call is missing
//! (before Linux 5.6, gVisor) or filtered away (seccomp filters of older container engines answer EPERM), [`walk`] opens
//! one component after the other, and never lets the kernel follow a link; `..` goes back to a descriptor that is already
//! held, so a directory that is moved meanwhile cannot lead out.
//!
//! A link is followed only where nobody could have put it there who could not do the same as we anyway. That is: the link,
//! and every directory from the prefix down to it, belongs to root, to whoever runs or to the prefix's owner, and nobody else
//! may write to those directories. That the link belongs to one of them is not enough. Whoever owns a directory can rename
//! root's links in it, and whole directories of root's with links in them. systemd-tmpfiles has the same rule: `CHASE_SAFE`
//! in its src/basic/chase.c, CVE-2018-6954.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::sync::Arc;

use once_cell::race::OnceBool;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, PROC_SUPER_MAGIC, ResolveFlags, Stat};
use rustix::io::Errno;

/// A directory that was reached.
const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// As many links as the kernel follows in one resolution (`path_resolution(7)`).
const MAX_LINKS: usize = 40;

/// How often openat2(2) is tried, if renames by other programs disturb it, before [`walk`] does the resolution.
const ATTEMPTS: usize = 16;

/// An open directory beneath the prefix.
#[derive(Debug, Clone)]
pub(super) struct Parent {
    descriptor: Arc<OwnedFd>,
    /// Its `st_dev`.
    pub(super) device: u64,
}

impl AsFd for Parent {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

/// One directory on the way that [`walk`] takes.
pub(super) struct Level {
    /// Its name in its parent directory; empty for the prefix itself.
    pub(super) name: OsString,
    pub(super) descriptor: OwnedFd,
    pub(super) device: u64,
    /// Whether links in it may be followed: nobody but `Leaders` could have put them there.
    leads: bool,
}

/// The users whose links are followed, and the groups that may write to the directories that hold such links.
struct Leaders {
    users: [u32; 3],
    groups: [u32; 3],
}

impl Leaders {
    /// Root, whoever runs, and the owner of the prefix.
    fn of(prefix: &Stat) -> Self {
        Self {
            users: [0, rustix::process::geteuid().as_raw(), prefix.st_uid],
            groups: [0, rustix::process::getegid().as_raw(), prefix.st_gid],
        }
    }

    fn own(&self, stat: &Stat) -> bool {
        self.users.contains(&stat.st_uid)
    }

    /// Whether nobody else may write to `directory`. A sticky bit does not make it safe: anybody can still move a link of root's
    /// into it.
    fn alone_write_to(&self, directory: &Stat) -> bool {
        self.own(directory) && !others_write(directory, &self.groups)
    }
}

/// Opens the directory at `path`, relative to the prefix `root`; empty for the prefix itself. Whether openat2(2) is unusable is
/// noted in `without_openat2`.
pub(super) fn resolve(root: &OwnedFd, path: &str, without_openat2: &OnceBool) -> Result<Parent, Errno> {
    let descriptor = if path.is_empty() {
        open_self(root)?
    } else {
        open_directory(root, path, without_openat2)?
    };
    let device = rustix::fs::fstat(&descriptor)?.st_dev;
    Ok(Parent {
        descriptor: Arc::new(descriptor),
        device,
    })
}

/// Opens the directory at `path`. If no link is on the way, the kernel does it; if one is, [`walk`] checks who could have put it
/// there.
fn open_directory(root: &OwnedFd, path: &str, without_openat2: &OnceBool) -> Result<OwnedFd, Errno> {
    if without_openat2.get() != Some(true) {
        let how = ResolveFlags::IN_ROOT | ResolveFlags::NO_SYMLINKS;
        for _ in 0..ATTEMPTS {
            match rustix::fs::openat2(root, path, DIRECTORY, Mode::empty(), how) {
                Err(Errno::NOSYS | Errno::PERM) => {
                    let _ = without_openat2.set(true);
                    break;
                }
                // A rename or mount elsewhere raced with a `..` of ours.
                Err(Errno::AGAIN | Errno::XDEV | Errno::INTR) => {}
                Err(Errno::LOOP) => {
                    let _ = without_openat2.set(false);
                    break;
                }
                other => {
                    let _ = without_openat2.set(false);
                    return other;
                }
            }
        }
    }
    let mut levels = walk(root.as_fd(), path).map_err(|(errno, _)| errno)?;
    levels.pop().map(|level| level.descriptor).ok_or(Errno::NOENT)
}

/// A new descriptor of the directory `root`.
fn open_self(root: &OwnedFd) -> Result<OwnedFd, Errno> {
    rustix::fs::openat(root, ".", DIRECTORY, Mode::empty())
}

/// Walks from `root` to the directory at `path`. Returns the levels from the prefix down, with links and `..` resolved: their
/// names make up the path without either. On failure, returns the levels that were reached.
pub(super) fn walk(root: BorrowedFd<'_>, path: &str) -> Result<Vec<Level>, (Errno, Vec<Level>)> {
    let mut levels = Vec::new();
    match step(root, path, &mut levels) {
        Ok(()) => Ok(levels),
        Err(errno) => Err((errno, levels)),
    }
}

fn step(root: BorrowedFd<'_>, path: &str, levels: &mut Vec<Level>) -> Result<(), Errno> {
    let descriptor = rustix::fs::openat(root, ".", DIRECTORY, Mode::empty())?;
    let stat = rustix::fs::fstat(&descriptor)?;
    let leaders = Leaders::of(&stat);
    levels.push(Level {
        name: OsString::new(),
        descriptor,
        device: stat.st_dev,
        // The prefix is trusted whatever its mode: freshly mounted, it may be writable by everybody until we set its mode.
        leads: true,
    });
    let mut links = 0;
    let mut rest: VecDeque<OsString> = components(path.as_bytes());
    while let Some(name) = rest.pop_front() {
        if name == ".." {
            if levels.len() > 1 {
                levels.pop();
            }
            continue;
        }
        let Some(here) = levels.last() else {
            return Err(Errno::NOENT);
        };
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let descriptor = rustix::fs::openat(&here.descriptor, &name, flags, Mode::empty())?;
        let stat = rustix::fs::fstat(&descriptor)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => levels.push(Level {
                name,
                descriptor,
                device: stat.st_dev,
                leads: leaders.alone_write_to(&stat),
            }),
            FileType::Symlink => {
                links += 1;
                if !leaders.own(&stat) || !levels.iter().all(|level| level.leads) {
                    return Err(Errno::PERM);
                }
                // A link in procfs may lead anywhere (/proc/self/root): its text is not where it leads.
                if links > MAX_LINKS || rustix::fs::fstatfs(&descriptor)?.f_type == PROC_SUPER_MAGIC {
                    return Err(Errno::LOOP);
                }
                let target = rustix::fs::readlinkat(&descriptor, "", Vec::new())?.into_bytes();
                if target.is_empty() {
                    return Err(Errno::NOENT);
                }
                if target.starts_with(b"/") {
                    levels.truncate(1);
                }
                let mut next = components(&target);
                next.append(&mut rest);
                rest = next;
            }
            _ => return Err(Errno::NOTDIR),
        }
    }
    Ok(())
}

/// Whether the mode lets somebody other than the owner and the members of `groups` write.
pub(super) fn others_write(stat: &Stat, groups: &[u32]) -> bool {
    stat.st_mode & 0o002 != 0 || (stat.st_mode & 0o020 != 0 && !groups.contains(&stat.st_gid))
}

/// The components of a path or of a link's target, without empty ones and `.`.
fn components(path: &[u8]) -> VecDeque<OsString> {
    path.split(|b| *b == b'/')
        .filter(|component| !matches!(*component, b"" | b"."))
        .map(|component| OsStr::from_bytes(component).to_owned())
        .collect()
}

/// Whether `name` in `parent` is a symbolic link; `false` where nothing is there.
pub(super) fn is_link(parent: &Parent, name: &str) -> Result<bool, Errno> {
    match rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(FileType::from_raw_mode(stat.st_mode) == FileType::Symlink),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// The bytes of a name or target as a string; what is not UTF-8 becomes U+FFFD.
pub(super) fn lossy(bytes: Vec<u8>) -> String {
    OsString::from_vec(bytes).to_string_lossy().into_owned()
}
