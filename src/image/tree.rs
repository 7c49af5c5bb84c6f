//! The staged root: pre-init's tree stage on a bare folder, and what becomes of the owners that the kernel refused.
//!
//! The store is not copied into it. A tarball reads it where it is; a file system's own tool finds it mounted.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps};

use super::closure::{self, StorePath};
use super::system::System;
use crate::plan::text::STORE_DIR;
use crate::prefix::owners::{self, Manifest};
use crate::prefix::{self, Prefix, io_text};
use crate::run::pre_init::record::Record;
use crate::run::pre_init::{self, Options, Stages};

/// The time of everything in an image, as in the store: a second after 1970 began.
pub const TIME: i64 = 1;

/// A staged root.
#[derive(Debug)]
pub struct Tree {
    /// The folder.
    pub root: PathBuf,
    /// Owners and modes of what is not simply root's; everything else is.
    pub owners: Manifest,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// Why there is no tree.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder of the tree.
    #[error("{operation} `{}`: {}", path.display(), io_text(source))]
    Io {
        /// What was tried.
        operation: &'static str,
        /// With which path.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
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

impl Tree {
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
        let registration = root.join(closure::REGISTRATION.trim_start_matches('/'));
        let written = fs::write(&registration, closure::registration(closure))
            .and_then(|()| fs::set_permissions(&registration, Permissions::from_mode(0o444)));
        written.map_err(failed("writing", &registration))?;
        let tree = Self {
            root: root.to_owned(),
            owners: owners::read(&manifest)?.unwrap_or_default(),
            warnings: report.warnings,
        };
        tree.set_times()?;
        Ok(tree)
    }

    /// Gives everything in the tree the same time.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn set_times(&self) -> Result<(), Error> {
        set_times(&self.root)
    }
}

/// The entries of a directory by name, in the order of their bytes.
///
/// # Errors
/// [`Error::Io`].
pub fn entries(directory: &Path) -> Result<BTreeSet<PathBuf>, Error> {
    let read = fs::read_dir(directory).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    read.map_err(failed("reading", directory))
}

fn set_times(path: &Path) -> Result<(), Error> {
    let is_directory = fs::symlink_metadata(path).map_err(failed("looking at", path))?.is_dir();
    if is_directory {
        for entry in entries(path)? {
            set_times(&entry)?;
        }
    }
    let time = Timespec {
        tv_sec: TIME,
        tv_nsec: 0,
    };
    let times = Timestamps {
        last_access: time,
        last_modification: time,
    };
    rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)
        .map_err(|errno| failed("setting the time of", path)(errno.into()))
}

fn make_directory(path: &Path) -> Result<(), Error> {
    // Whatever the umask is.
    fs::create_dir(path)
        .and_then(|()| fs::set_permissions(path, Permissions::from_mode(0o755)))
        .map_err(failed("making the directory", path))
}

pub(super) fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io {
        operation,
        path,
        source,
    }
}
