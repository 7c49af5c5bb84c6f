//! A user namespace of one user, and a mount namespace in it: whoever builds is root there, so that a tree belongs to root,
//! and what is not root's is refused, which puts it into the owners manifest. Store paths can be mounted into the tree.
//!
//! Source: `user_namespaces(7)`. It works in Nix's sandbox; a kernel or a container may refuse it.

use std::{fs, io};

use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::process::{getegid, geteuid};
use rustix::thread::UnshareFlags;

/// Gives this process a mount namespace of its own without one of users, which takes root; gives whether it has it.
pub fn enter_mounts() -> bool {
    // As below.
    #[allow(deprecated)]
    let apart = rustix::thread::unshare(UnshareFlags::NEWNS);
    apart.is_ok() && mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE).is_ok()
}

/// Makes this process root of namespaces of its own; gives whether it is. To be called while there is one thread.
///
/// # Errors
/// Where the kernel let it begin and not end: then this process is nobody.
pub fn enter() -> io::Result<bool> {
    let (uid, gid) = (geteuid(), getegid());
    // A separate table of files, what makes the function unsafe to some, is not asked for.
    #[allow(deprecated)]
    if rustix::thread::unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNS).is_err() {
        return Ok(false);
    }
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("0 {} 1", uid.as_raw()))?;
    fs::write("/proc/self/gid_map", format!("0 {} 1", gid.as_raw()))?;
    // What is mounted here is nobody else's.
    mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)?;
    Ok(true)
}
