//! What process 1 does with the file systems that it was started with: it makes `/` writable, and mounts the API file
//! systems that are missing (<https://www.freedesktop.org/wiki/Software/systemd/APIFileSystems/>).
//!
//! No failure here ends the boot: the errors are returned, and the caller prints them on the console. A container may
//! refuse a mount and work without it, and a read-only root is supported.

use std::ffi::CStr;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, StatVfsMountFlags, StatxAttributes, StatxFlags};
use rustix::io::Errno;
use rustix::mount::MountFlags;

use tree::errno::errno_text;

/// Something that could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `/` stays read-only.
    #[error("cannot make `/` writable: {}", errno_text(*.0))]
    Remount(Errno),
    /// A mount point is missing.
    #[error("cannot create directory `{path}`: {}", errno_text(*errno))]
    MakeDirectory {
        /// The mount point.
        path: &'static str,
        /// Why not.
        errno: Errno,
    },
    /// A file system is missing.
    #[error("cannot mount {kind} on `{path}`: {}", errno_text(*errno))]
    Mount {
        /// The file system's type.
        kind: &'static str,
        /// The mount point.
        path: &'static str,
        /// Why not.
        errno: Errno,
    },
}

/// An API file system.
struct Api {
    path: &'static str,
    kind: &'static str,
    flags: MountFlags,
    data: &'static CStr,
    /// The mode of the mount point, for when it has to be made.
    mode: u32,
}

/// `nosuid`, for all of them.
const NOSUID: MountFlags = MountFlags::NOSUID;

/// In the order in which they are mounted: a mount point may lie in the one before.
const API: [Api; 6] = [
    Api {
        path: "/proc",
        kind: "proc",
        flags: NOSUID.union(MountFlags::NODEV).union(MountFlags::NOEXEC),
        data: c"",
        mode: 0o555,
    },
    Api {
        path: "/sys",
        kind: "sysfs",
        flags: NOSUID.union(MountFlags::NODEV).union(MountFlags::NOEXEC),
        data: c"",
        mode: 0o555,
    },
    Api {
        path: "/dev",
        kind: "devtmpfs",
        flags: NOSUID,
        data: c"",
        mode: 0o755,
    },
    Api {
        path: "/dev/pts",
        kind: "devpts",
        flags: NOSUID.union(MountFlags::NOEXEC),
        data: c"newinstance,ptmxmode=0666,mode=620,gid=5",
        mode: 0o755,
    },
    Api {
        path: "/dev/shm",
        kind: "tmpfs",
        flags: NOSUID.union(MountFlags::NODEV),
        data: c"mode=1777",
        mode: 0o1777,
    },
    Api {
        path: "/run",
        kind: "tmpfs",
        flags: NOSUID.union(MountFlags::NODEV),
        data: c"mode=0755",
        mode: 0o755,
    },
];

/// What devpts gets in a user namespace that does not map the group `tty`.
const DEVPTS_WITHOUT_GROUP: &CStr = c"newinstance,ptmxmode=0666,mode=620";

/// Makes `/` writable unless it is already. Its other mount flags stay. Not to be called in a container: there, `/` is
/// as the container engine wants it.
///
/// # Errors
/// Where the kernel refuses, as it does on a medium that cannot be written to.
pub fn make_root_writable() -> Result<(), Error> {
    let flags = rustix::fs::statvfs("/").map_err(Error::Remount)?.f_flag;
    if !flags.contains(StatVfsMountFlags::RDONLY) {
        return Ok(());
    }
    let mut kept = MountFlags::empty();
    for (flag, mount_flag) in [
        (StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
        (StatVfsMountFlags::NODEV, MountFlags::NODEV),
        (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
        (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
        (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
        (StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
        (StatVfsMountFlags::SYNCHRONOUS, MountFlags::SYNCHRONOUS),
    ] {
        if flags.contains(flag) {
            kept |= mount_flag;
        }
    }
    rustix::mount::mount_remount("/", kept, "").map_err(Error::Remount)
}

/// Mounts the API file systems that are missing, and returns the errors. A path that something is mounted on already is
/// left alone.
pub fn mount_missing() -> Vec<Error> {
    API.iter().filter_map(|api| api.mount().err()).collect()
}

impl Api {
    fn mount(&self) -> Result<(), Error> {
        let fail = |errno| Error::Mount {
            kind: self.kind,
            path: self.path,
            errno,
        };
        match is_mount_point(self.path) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(Errno::NOENT) => {
                let made = rustix::fs::mkdir(self.path, Mode::from_raw_mode(self.mode));
                made.map_err(|errno| Error::MakeDirectory { path: self.path, errno })?;
            }
            Err(errno) => return Err(fail(errno)),
        }
        let mount = |data| rustix::mount::mount(self.kind, self.path, self.kind, self.flags, data);
        match mount(self.data) {
            // procfs and sysfs mount only once at one place; someone else was faster.
            Ok(()) | Err(Errno::BUSY) => Ok(()),
            Err(Errno::INVAL) if self.kind == "devpts" => mount(DEVPTS_WITHOUT_GROUP).map_err(fail),
            Err(errno) => Err(fail(errno)),
        }
    }
}

/// Whether something is mounted on the directory at `path`.
fn is_mount_point(path: &str) -> Result<bool, Errno> {
    match rustix::fs::statx(CWD, path, AtFlags::empty(), StatxFlags::empty()) {
        Ok(found) if found.stx_attributes_mask.contains(StatxAttributes::MOUNT_ROOT) => {
            return Ok(found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT));
        }
        Ok(_) | Err(Errno::NOSYS) => {}
        Err(errno) => return Err(errno),
    }
    // Linux before 5.8 does not report this attribute. There, a mount point has another device number than its parent.
    let above = Path::new(path).parent().unwrap_or(Path::new("/"));
    Ok(rustix::fs::stat(path)?.st_dev != rustix::fs::stat(above)?.st_dev)
}
