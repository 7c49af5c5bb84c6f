//! Namespaces of this process's own, in which it may mount store paths into the tree that it stages.
//!
//! In a user namespace whoever builds is root: so the files that a build makes belong to root, as they shall in an image. An
//! owner other than root is refused there, and the refusal puts it into the owners manifest. Source: `user_namespaces(7)`.
//! Nix's sandbox has such namespaces; a kernel or a container may refuse them.

use std::{fs, io};

use nix::sched::{CloneFlags, unshare};
use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::process::{getegid, geteuid};

/// Gives this process a mount namespace without a user namespace, which only root may have. Returns whether it has one now.
pub fn enter_mounts() -> bool {
    unshare(CloneFlags::CLONE_NEWNS).is_ok() && hide_mounts().is_ok()
}

/// Gives this process a user namespace in which it is root, and a mount namespace. Returns whether it has them now: `false`
/// where the kernel refuses. To be called while the process has one thread, as the kernel demands it.
///
/// # Errors
/// Where the kernel refused only after the user namespace was there: then this process is nobody, and of no more use.
pub fn enter() -> io::Result<bool> {
    let (uid, gid) = (geteuid(), getegid());
    if unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS).is_err() {
        return Ok(false);
    }
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("0 {} 1", uid.as_raw()))?;
    fs::write("/proc/self/gid_map", format!("0 {} 1", gid.as_raw()))?;
    hide_mounts()?;
    Ok(true)
}

/// Keeps what is mounted from here on out of the machine's mount namespace.
fn hide_mounts() -> io::Result<()> {
    Ok(mount_change(
        "/",
        MountPropagationFlags::REC | MountPropagationFlags::PRIVATE,
    )?)
}
