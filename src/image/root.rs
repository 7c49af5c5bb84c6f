//! Stages the root of a system: runs pre-init's tree stage on a bare folder, and keeps the owners that the kernel refused in a
//! manifest.
//!
//! The store is not copied into the tree if that can be helped. A tarball reads the store paths where they are. For the tool of a
//! file system they are mounted in the tree; files with several names are copied (see `links`).

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tree::FileError;

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps};
use rustix::mount::{MountFlags, UnmountFlags, mount_bind, mount_remount, unmount};
use rustix::process::geteuid;

use super::closure::{self, StorePath};
use super::directory::entries;
use super::links::Links;
use super::system::System;
use prefix::owners::{self, Entry, Manifest, Node};
use prefix::{self, Prefix};
use runtime::pre_init::record::Record;
use runtime::pre_init::{self, Options, Stages};
use step::REGISTRATION;
use tree::path::{STORE_DIR, beneath};

/// The time of every file in an image, in seconds since 1970. It is the one that Nix gives to files in the store.
pub const TIME: u32 = 1;

/// A staged root.
#[derive(Debug)]
pub struct StagedRoot {
    /// The folder.
    pub root: PathBuf,
    /// Owners and modes of what is not simply root's; everything else is.
    pub owners: Manifest,
    /// What a person should know, a line each.
    pub warnings: Vec<String>,
}

/// Why there is no tree.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory.
    #[error(transparent)]
    File(#[from] FileError),
    /// pre-init.
    #[error("pre-init: {0}")]
    PreInit(#[from] pre_init::Error),
    /// The owners manifest.
    #[error(transparent)]
    Owners(#[from] owners::Error),
    /// The tree's record.
    #[error(transparent)]
    Prefix(#[from] prefix::Error),
}

impl StagedRoot {
    /// Stages the root of `system` in the new folder `root`; the owners manifest lies beside it.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn stage(root: &Path, system: &System, closure: &[StorePath]) -> Result<Self, Error> {
        make_directory(root)?;
        let mut path = root.to_owned();
        for name in STORE_DIR.split('/').filter(|name| !name.is_empty()) {
            path.push(name);
            make_directory(&path)?;
        }
        let manifest = root.with_extension("owners");
        let options = Options {
            prefix: root.to_owned(),
            adopt: false,
            owners: Some(manifest.clone()),
            dry_run: false,
            json: false,
        };
        let report = pre_init::run(&system.pre_init, &options, Stages::Tree)?;
        let prefix = Prefix::open(root)?;
        if let Some(mut record) = Record::load(&prefix)? {
            record.grant_pending();
            record.save(&prefix)?;
        }
        let registration = root.join(REGISTRATION.trim_start_matches('/'));
        let written = fs::write(&registration, closure::registration(closure))
            .and_then(|()| fs::set_permissions(&registration, Permissions::from_mode(0o444)));
        written.map_err(FileError::at("write", &registration))?;
        let mut tree = Self {
            root: root.to_owned(),
            owners: owners::read(&manifest)?.unwrap_or_default(),
            warnings: report.warnings,
        };
        if geteuid().is_root() {
            tree.note_owners(root, "")?;
        }
        // pre-boot writes the time of a generation into the menu of the boot loader.
        set_times(&tree.root)?;
        Ok(tree)
    }

    /// Adds the owners that the kernel granted, from the tree itself. It grants them to root outside of a user namespace.
    fn note_owners(&mut self, source: &Path, path: &str) -> Result<(), Error> {
        let found = fs::symlink_metadata(source).map_err(FileError::at("look at", source))?;
        if (found.uid(), found.gid()) != (0, 0) && !found.is_symlink() {
            let node = if found.is_dir() { Node::Directory } else { Node::File };
            let key = if path.is_empty() { "/" } else { path };
            self.owners.entry(key.to_owned()).or_insert(Entry {
                node,
                mode: found.mode() & 0o7777,
                uid: found.uid(),
                gid: found.gid(),
            });
        }
        if found.is_dir() {
            for entry in entries(source)? {
                let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
                self.note_owners(&entry, &format!("{path}/{name}"))?;
            }
        }
        Ok(())
    }

    /// Puts the store paths of `closure` into the tree: mounted if it `may_mount` and the kernel lets it, or else copied. Only a
    /// process in a mount namespace of its own may mount: otherwise whoever removes the tree would delete the machine's store.
    ///
    /// No file in the tree has two names: `links` finds those that have. `each` is called for every store path.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn put_store(
        &self,
        closure: &[StorePath],
        may_mount: bool,
        mut links: Links,
        each: &mut dyn FnMut(),
    ) -> Result<(), Error> {
        let copies = self.root.with_extension("copies");
        make_directory(&copies)?;
        let mut count = 0_u64;
        for store_path in closure {
            let source = Path::new(&store_path.path);
            if !may_mount || !self.mount(source, &mut links, (&copies, &mut count))? {
                copy(source, &self.beneath(source))?;
            }
            each();
        }
        Ok(())
    }

    /// Mounts the store path `source` into the tree. Over each further name of a file that `links` finds, a copy of the file is
    /// mounted; the copies lie in the folder `copies`, and `count` numbers them. Returns whether all that could be done: otherwise
    /// nothing is mounted.
    fn mount(&self, source: &Path, links: &mut Links, (copies, count): (&Path, &mut u64)) -> Result<bool, Error> {
        let target = self.beneath(source);
        let found = fs::symlink_metadata(source).map_err(FileError::at("look at", source))?;
        if found.is_symlink() {
            // Nothing can be mounted on a symbolic link.
            return Ok(false);
        }
        if found.is_dir() {
            make_directory(&target)?;
        } else {
            fs::write(&target, "").map_err(FileError::at("write", &target))?;
        }
        if mount_bind(source, &target).is_err() {
            return Ok(false);
        }
        // Read-only, as a hook may run as root.
        let _ = mount_remount(&target, MountFlags::BIND | MountFlags::RDONLY, "");
        for again in links.again(source)? {
            *count += 1;
            let own = copies.join(count.to_string());
            copy(&again, &own)?;
            // A symbolic link cannot be mounted on, and the kernel limits the number of mounts.
            if own.is_symlink() || mount_bind(&own, self.beneath(&again)).is_err() {
                unmount(&target, UnmountFlags::DETACH)
                    .map_err(|errno| FileError::at("unmount", &target)(errno.into()))?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Makes the directories that are missing.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn make_directories(&self, paths: &[String]) -> Result<(), Error> {
        for path in paths {
            let path = self.beneath(path);
            fs::create_dir_all(&path).map_err(FileError::at("create directory", &path))?;
        }
        Ok(())
    }

    /// Takes out the tree of one file system: what lies at `mount_point` is moved to the new folder `folder`, and an empty
    /// directory stays behind. To be called for mount points within it first.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn split(&mut self, mount_point: &str, folder: &Path) -> Result<Self, Error> {
        let from = self.beneath(mount_point);
        fs::rename(&from, folder).map_err(FileError::at("rename", &from))?;
        make_directory(&from)?;
        let mut owners = Manifest::new();
        self.owners.retain(|path, entry| {
            let Some(rest) = beneath(mount_point, path) else {
                return true;
            };
            let path = if rest.is_empty() { "/" } else { rest };
            owners.insert(path.to_owned(), entry.clone());
            false
        });
        Ok(Self {
            root: folder.to_owned(),
            owners,
            warnings: Vec::new(),
        })
    }

    /// Where `path`, an absolute path in the root, lies.
    fn beneath(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }
}

/// Copies a file or directory of the store, with its mode.
fn copy(source: &Path, target: &Path) -> Result<(), Error> {
    let found = fs::symlink_metadata(source).map_err(FileError::at("look at", source))?;
    if found.is_symlink() {
        let to = fs::read_link(source).map_err(FileError::at("read", source))?;
        return Ok(symlink(to, target).map_err(FileError::at("write", target))?);
    }
    if found.is_dir() {
        if !target.is_dir() {
            make_directory(target)?;
        }
        for entry in entries(source)? {
            copy(&entry, &target.join(entry.file_name().unwrap_or_default()))?;
        }
    } else {
        fs::copy(source, target).map_err(FileError::at("copy", source))?;
    }
    Ok(fs::set_permissions(target, found.permissions()).map_err(FileError::at("set the mode of", target))?)
}

fn set_times(path: &Path) -> Result<(), Error> {
    let is_directory = fs::symlink_metadata(path)
        .map_err(FileError::at("look at", path))?
        .is_dir();
    if is_directory {
        for entry in entries(path)? {
            set_times(&entry)?;
        }
    }
    let time = Timespec {
        tv_sec: TIME.into(),
        tv_nsec: 0,
    };
    let times = Timestamps {
        last_access: time,
        last_modification: time,
    };
    Ok(rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)
        .map_err(|errno| FileError::at("set the time of", path)(errno.into()))?)
}

fn make_directory(path: &Path) -> Result<(), Error> {
    // The mode does not depend on the umask.
    Ok(fs::create_dir(path)
        .and_then(|()| fs::set_permissions(path, Permissions::from_mode(0o755)))
        .map_err(FileError::at("create directory", path))?)
}
