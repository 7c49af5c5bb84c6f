//! The folder `FILE.unfinished`, in which the image FILE is made.
//!
//! A lock on it keeps other processes out. A folder that an interrupted run left is cleared and used again; one that somebody
//! else made is left alone.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tree::FileError;

use rustix::fs::{FlockOperation, flock};
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::process::geteuid;

use super::{ATTRIBUTES, Error};
use tree::path::beneath;

/// The folder, locked as long as this process or one that it started runs.
#[derive(Debug)]
pub(super) struct WorkFolder {
    /// Its path, absolute.
    pub path: PathBuf,
    _lock: File,
}

impl WorkFolder {
    /// Makes the folder for an image, or takes over what is left of an earlier one.
    pub fn open(image: &Path) -> Result<Self, Error> {
        let mut name = image.as_os_str().to_owned();
        name.push(".unfinished");
        let path = PathBuf::from(name);
        let is_there = match fs::create_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => true,
            made => made.map(|()| false).map_err(FileError::at("create directory", &path))?,
        };
        if is_there && !is_ours(&path).map_err(FileError::at("look at", &path))? {
            return Err(Error::Foreign(path));
        }
        let open = || -> io::Result<(File, PathBuf)> { Ok((File::open(&path)?, fs::canonicalize(&path)?)) };
        let (lock, real) = open().map_err(FileError::at("look at", &path))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => return Err(Error::Busy(path)),
            locked => locked.map_err(|errno| FileError::at("lock", &path)(errno.into()))?,
        }
        // The builder inherits the lock, and holds it even if this process is stopped.
        fcntl_setfd(&lock, FdFlags::empty()).map_err(|errno| FileError::at("lock", &path)(errno.into()))?;
        if is_there {
            clear(&real)?;
        }
        Ok(Self {
            path: real,
            _lock: lock,
        })
    }

    /// Removes the folder and what is in it.
    pub fn remove(self) -> Result<(), Error> {
        clear(&self.path)?;
        Ok(fs::remove_dir(&self.path).map_err(FileError::at("remove", &self.path))?)
    }
}

/// Whether a run of this user made the folder: the first file that a run makes in it is that of the builder's attributes.
fn is_ours(path: &Path) -> io::Result<bool> {
    let found = fs::symlink_metadata(path)?;
    if !found.is_dir() || found.uid() != geteuid().as_raw() {
        return Ok(false);
    }
    Ok(path.join(ATTRIBUTES).exists() || fs::read_dir(path)?.next().is_none())
}

/// Removes what is in the folder. Copies of store paths are read-only, so they are made writable first.
fn clear(folder: &Path) -> Result<(), Error> {
    fn unlock(folder: &Path) -> io::Result<()> {
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                unlock(&entry.path())?;
            }
        }
        Ok(())
    }
    let empty = || -> io::Result<()> {
        // If the store were mounted there for everybody, it would be deleted as well.
        if is_mounted_within(&fs::read_to_string("/proc/self/mountinfo")?, &folder.to_string_lossy()) {
            return Err(Errno::BUSY.into());
        }
        unlock(folder)?;
        // The file by which the folder is known to be ours goes last.
        let mut entries: Vec<fs::DirEntry> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
        entries.sort_by_key(|entry| entry.file_name() == ATTRIBUTES);
        for entry in entries {
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    };
    Ok(empty().map_err(FileError::at("clear", folder))?)
}

/// Whether one of `mounts`, which is `/proc/self/mountinfo`, lies in the directory `real`. The fifth field is the mount point,
/// with octal digits for white space and backslashes (proc(5)).
fn is_mounted_within(mounts: &str, real: &str) -> bool {
    let mut wanted = String::new();
    for c in real.chars() {
        match c {
            ' ' | '\t' | '\n' | '\\' => wanted = format!("{wanted}\\{:03o}", u32::from(c)),
            c => wanted.push(c),
        }
    }
    let is_within = |point: &str| beneath(&wanted, point).is_some();
    // A line that cannot be understood counts as a mount: nothing is deleted.
    mounts.lines().any(|line| line.split(' ').nth(4).is_none_or(is_within))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_not_cleared_while_something_is_mounted_in_it() {
        let root = "22 1 8:1 / / rw,relatime - ext4 /dev/vda1 rw";
        let store = format!("{root}\n90 22 8:1 /nix/store/x /tmp/a\\040b/root/nix/store/x ro - ext4 /dev/vda1 rw");
        assert!(!is_mounted_within(root, "/tmp/a b"));
        assert!(is_mounted_within(&store, "/tmp/a b"));
        assert!(is_mounted_within(&store, "/tmp/a b/root/nix/store/x"));
        assert!(!is_mounted_within(&store, "/tmp/a"));
        assert!(is_mounted_within("22 1 8:1", "/tmp/a b"));
    }

    #[test]
    fn what_an_interrupted_run_left_is_cleared_and_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("disk.img");
        let work = WorkFolder::open(&image).unwrap();
        fs::write(work.path.join(ATTRIBUTES), "{}").unwrap();
        let store = work.path.join("root/nix/store");
        fs::create_dir_all(&store).unwrap();
        fs::write(store.join("x"), "").unwrap();
        fs::set_permissions(&store, Permissions::from_mode(0o555)).unwrap();
        let busy = WorkFolder::open(&image).unwrap_err().to_string();
        assert_eq!(
            busy,
            format!(
                "`{}.unfinished` is in use: another process is making the image",
                image.display()
            )
        );
        drop(work);
        let work = WorkFolder::open(&image).unwrap();
        assert_eq!(fs::read_dir(&work.path).unwrap().count(), 0);
        work.remove().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_of_somebody_elses_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("disk.img");
        let theirs = folder.path().join("disk.img.unfinished");
        fs::create_dir(&theirs).unwrap();
        fs::write(theirs.join("diary"), "").unwrap();
        let said = WorkFolder::open(&image).unwrap_err().to_string();
        assert_eq!(
            said,
            format!(
                "`{}` is there already, and no earlier run left it: move it away",
                theirs.display()
            )
        );
        assert!(theirs.join("diary").exists());
    }
}
