//! Files of the Nix store that belong to a system: beneath its prefix, or, where it lacks them, in this machine's store.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use sha2::{Digest, Sha256};

use prefix::{Error as PrefixError, Kind, Prefix};
use tree::digest;

/// As many links as the kernel follows in one resolution.
const MAX_LINKS: usize = 40;
/// How deep [`Store::list_tree`] looks. Folders of device trees, by vendor and board, are less deep; a link to a parent directory
/// would lead round and round.
const DEEPEST: usize = 8;

/// What a file that is to be written holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// These bytes.
    Bytes(Vec<u8>),
    /// What a file of the store holds.
    Store(String),
    /// What a store path holds, then these bytes: an initrd with secrets.
    Appended {
        /// The store path.
        path: String,
        /// What comes after it.
        bytes: Vec<u8>,
    },
}

/// Why a file of the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is neither beneath the prefix nor in this machine's store.
    #[error("`{0}` does not exist")]
    Missing(String),
    /// It cannot be read beneath the prefix.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// It cannot be read in this machine's store.
    #[error("cannot read `{}`: {}", path.display(), tree::errno::io_text(source))]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// Too many links.
    #[error("cannot read `{0}`: too many levels of symbolic links")]
    Loop(String),
}

/// Where a system's files are looked for: the store beneath the prefix, and this machine's store.
#[derive(Debug, Clone, Copy)]
pub struct Store<'a> {
    /// The system's root.
    pub prefix: &'a Prefix,
    /// The store's directory: `/nix/store`. Only what lies in it is read from this machine.
    pub directory: &'a str,
}

impl<'a> Store<'a> {
    /// The store that the store path `system` lies in.
    pub fn of(prefix: &'a Prefix, system: &'a str) -> Self {
        let directory = system.rsplit_once('/').map_or("", |(directory, _)| directory);
        Self { prefix, directory }
    }

    /// Whether `path` lies in the store.
    pub fn has(&self, path: &str) -> bool {
        path.strip_prefix(self.directory)
            .and_then(|rest| rest.strip_prefix('/'))
            .is_some_and(|rest| !rest.is_empty())
    }

    /// Opens the regular file at `path`. Links are followed; on this machine they must stay within the store, since a link
    /// beneath the prefix must not lead to other files of this machine.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn open(&self, path: &str) -> Result<File, Error> {
        if let Some(real) = self.follow(path)?
            && let Some(file) = self.prefix.open_file(&real)?
        {
            return Ok(file);
        }
        if !self.has(path) || path.split('/').any(|component| component == "..") {
            return Err(Error::Missing(path.to_owned()));
        }
        match self.open_here(path) {
            Ok(file) => Ok(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::Missing(path.to_owned())),
            Err(source) => Err(Error::Read {
                path: path.into(),
                source,
            }),
        }
    }

    /// Opens a regular file of this machine's store.
    fn open_here(&self, path: &str) -> io::Result<File> {
        let real = fs::canonicalize(path)?;
        let store = fs::canonicalize(self.directory)?;
        if real == store || !real.starts_with(&store) {
            return Err(io::Error::other("it leads out of the store"));
        }
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(real)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        Ok(file)
    }

    /// Whether the directory of the store path `system` lies in this machine's store, but not beneath the prefix. A machine that
    /// boots from the prefix does not find it then.
    ///
    /// # Errors
    /// Where the prefix cannot be looked at.
    pub fn is_only_here(&self, system: &str) -> Result<bool, Error> {
        Ok(self.follow(system)?.is_none() && self.has(system) && Path::new(system).is_dir())
    }

    /// The regular files in the directory at `path` beneath the prefix, and in its subdirectories. Links to files are among them.
    /// Gives their paths within the directory, sorted; none where there is no directory.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn list_tree(&self, path: &str) -> Result<Vec<String>, Error> {
        let mut files = Vec::new();
        let mut directories = vec![(path.to_owned(), String::new(), 0)];
        while let Some((directory, within, depth)) = directories.pop() {
            let Some(real) = self.follow(&directory)? else { continue };
            for name in self.prefix.list(&real)? {
                let path = format!("{real}/{name}");
                let Some(end) = self.follow(&path)? else { continue };
                match self.prefix.inspect(&end)?.map(|found| found.kind) {
                    Some(Kind::File) => files.push(format!("{within}{name}")),
                    Some(Kind::Directory) if depth < DEEPEST => {
                        directories.push((end, format!("{within}{name}/"), depth + 1));
                    }
                    _ => {}
                }
            }
        }
        files.sort();
        Ok(files)
    }

    /// What the regular file at `path` holds.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        match self.open(path)?.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(source) => Err(Error::Read {
                path: path.into(),
                source,
            }),
        }
    }

    /// The size in bytes of the regular file at `path`.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn size(&self, path: &str) -> Result<u64, Error> {
        let fail = |source| Error::Read {
            path: path.into(),
            source,
        };
        let found = self.open(path)?.metadata().map_err(fail)?;
        if found.is_file() {
            return Ok(found.len());
        }
        Err(fail(io::Error::other("it is not a regular file")))
    }

    /// A reader of what a file is to hold, and its size in bytes.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn contents<'c>(&self, contents: &'c Contents) -> Result<(Box<dyn Read + 'c>, u64), Error> {
        Ok(match contents {
            Contents::Bytes(bytes) => (Box::new(bytes.as_slice()), bytes.len() as u64),
            Contents::Store(path) => (Box::new(self.open(path)?), self.size(path)?),
            Contents::Appended { path, bytes } => (
                Box::new(self.open(path)?.chain(bytes.as_slice())),
                self.size(path)? + bytes.len() as u64,
            ),
        })
    }

    /// The SHA-256 of what a file is to hold, in hexadecimal digits.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn hash(&self, contents: &Contents) -> Result<String, Error> {
        let (mut reader, _) = self.contents(contents)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(digest::to_hex(&hash.finalize())),
                Ok(length) => hash.update(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    return Err(Error::Read {
                        path: "an initrd".into(),
                        source,
                    });
                }
            }
        }
    }

    /// The path that `path` leads to beneath the prefix once final links are followed; `None` where nothing is there.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn follow(&self, path: &str) -> Result<Option<String>, Error> {
        let (end, exists) = self.end(path)?;
        Ok(exists.then_some(end))
    }

    /// As [`Store::follow`], but also gives the path where a link leads to nothing; and whether something is there.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn end(&self, path: &str) -> Result<(String, bool), Error> {
        let mut path = path.to_owned();
        for _ in 0..MAX_LINKS {
            let Some(found) = self.prefix.inspect(&path)? else {
                return Ok((path, false));
            };
            let Kind::Symlink(target) = found.kind else {
                return Ok((path, true));
            };
            path = beside(&path, &target);
        }
        Err(Error::Loop(path))
    }
}

/// The path that a link at `path` with the target `target` leads to. A `..` removes the name before it, whether that is a link or
/// not. In a store and in a profile this is right: the middle of their paths holds no links to directories.
pub fn beside(path: &str, target: &str) -> String {
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let from = if target.starts_with('/') { "" } else { parent };
    let mut components: Vec<&str> = Vec::new();
    for component in from.split('/').chain(target.split('/')) {
        match component {
            "" | "." => {}
            ".." => {
                components.pop();
            }
            name => components.push(name),
        }
    }
    format!("/{}", components.join("/"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn files_of_this_machine_are_read_from_its_store_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().canonicalize().unwrap().join("store");
        fs::create_dir_all(store.join("x-linux")).unwrap();
        fs::create_dir(folder.path().join("root")).unwrap();
        fs::write(store.join("x-linux/bzImage"), "kernel").unwrap();
        fs::write(folder.path().join("secret"), "secret").unwrap();
        symlink("x-linux/bzImage", store.join("x-link")).unwrap();
        symlink("../secret", store.join("x-evil")).unwrap();
        symlink("..", store.join("x-above")).unwrap();
        let prefix = Prefix::open(&folder.path().join("root")).unwrap();
        let path = |name: &str| store.join(name).to_str().unwrap().to_owned();
        let system = path("x-system");
        let store = Store::of(&prefix, &system);
        assert_eq!(store.read(&path("x-link")).unwrap(), b"kernel");
        for name in ["x-evil", "x-above/secret"] {
            let error = store.read(&path(name)).unwrap_err().to_string();
            assert!(error.ends_with(": it leads out of the store"), "{error}");
        }
        let error = store.read(&path("x-linux")).unwrap_err().to_string();
        assert!(error.ends_with(": it is not a regular file"), "{error}");
    }

    #[test]
    fn links_lead_where_they_say() {
        for (path, target, expected) in [
            (
                "/nix/var/nix/profiles/system",
                "system-1-link",
                "/nix/var/nix/profiles/system-1-link",
            ),
            ("/a/b", "/nix/store/x/", "/nix/store/x"),
            ("/a/b", "../c/./d", "/c/d"),
            ("/a", "../../..", "/"),
        ] {
            assert_eq!(beside(path, target), expected, "{path} -> {target}");
        }
    }
}
