//! What the plan wants at each path, with owners as numbers and contents as hashes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Cursor, Read};

use sha2::{Digest, Sha256};

use super::Error;
use super::record::Entry;
use crate::accounts::Merged;
use prefix::Prefix;
use step::{OnChange, PreInit};
use tree::digest;

/// What the plan wants at a path.
#[derive(Debug, Clone)]
pub struct Target<'a> {
    /// The wanted entry.
    pub entry: Entry,
    /// Where a file's contents come from.
    pub contents: Contents<'a>,
    /// What happens to a person's change; a directory's is always kept.
    pub on_change: OnChange,
}

/// Where a file's contents come from.
#[derive(Debug, Clone, Copy)]
pub enum Contents<'a> {
    /// No file.
    None,
    /// The plan itself.
    Text(&'a str),
    /// A file in the store.
    Source(&'a str),
}

impl Contents<'_> {
    /// Opens the contents. A store path is taken from the running system's store, and from the prefix's own where only
    /// that has it: both have the same bytes under the same name.
    pub fn open<'b>(&'b self, prefix: &Prefix) -> Result<Box<dyn Read + 'b>, Error> {
        match self {
            Self::None => Ok(Box::new(std::io::empty())),
            Self::Text(text) => Ok(Box::new(text.as_bytes())),
            Self::Source(path) => match File::open(path) {
                Ok(file) => Ok(Box::new(file)),
                Err(error) => match prefix.read(path)? {
                    Some(bytes) => Ok(Box::new(Cursor::new(bytes))),
                    None => Err(Error::Source {
                        path: (*path).to_owned(),
                        error,
                    }),
                },
            },
        }
    }

    fn hash(&self, prefix: &Prefix) -> Result<String, Error> {
        if let Self::Text(text) = self {
            return Ok(digest::hex(text.as_bytes()));
        }
        let mut hasher = Sha256::new();
        let mut reader = self.open(prefix)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(digest::to_hex(&hasher.finalize())),
                Ok(n) => hasher.update(&buffer[..n]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let path = if let Self::Source(path) = self { *path } else { "" };
                    return Err(Error::Source {
                        path: path.to_owned(),
                        error,
                    });
                }
            }
        }
    }
}

/// Numeric ids by name, after the merge of the accounts.
pub struct Owners<'a>(pub &'a Merged);

impl Owners<'_> {
    fn uid(&self, path: &str, name: &str) -> Result<u32, Error> {
        let ours = self.0.ours.users.get(name).map(|user| user.uid);
        Self::resolve(path, "user", name, self.0.databases.passwd.as_ref(), ours)
    }

    fn gid(&self, path: &str, name: &str) -> Result<u32, Error> {
        let ours = self.0.ours.groups.get(name).map(|group| group.gid);
        Self::resolve(path, "group", name, self.0.databases.group.as_ref(), ours)
    }

    fn resolve(
        path: &str,
        kind: &'static str,
        name: &str,
        database: Option<&crate::accounts::Database>,
        ours: Option<u32>,
    ) -> Result<u32, Error> {
        let digits = || name.parse().ok();
        let root = || (name == "root").then_some(0);
        database
            .and_then(|d| d.id(name))
            .or(ours)
            .or_else(digits)
            .or_else(root)
            .ok_or_else(|| Error::NoOwner {
                path: path.to_owned(),
                kind,
                name: name.to_owned(),
            })
    }
}

/// Everything that the plan wants, by path; parents come before what lies in them.
///
/// # Errors
/// An owner that does not exist, contents that cannot be read.
pub fn targets<'a>(
    step: &'a PreInit,
    prefix: &Prefix,
    owners: &Owners<'_>,
) -> Result<BTreeMap<&'a str, Target<'a>>, Error> {
    let mut targets = BTreeMap::new();
    for (path, directory) in &step.directories {
        let entry = Entry::Directory {
            mode: directory.mode.0,
            uid: owners.uid(path, &directory.user)?,
            gid: owners.gid(path, &directory.group)?,
        };
        targets.insert(
            path.as_str(),
            Target {
                entry,
                contents: Contents::None,
                on_change: OnChange::Keep,
            },
        );
    }
    for (path, file) in &step.files {
        let contents = match (&file.text, &file.source) {
            (_, Some(source)) => Contents::Source(source),
            (text, None) => Contents::Text(text.as_deref().unwrap_or_default()),
        };
        let entry = Entry::File {
            sha256: contents.hash(prefix)?,
            mode: file.mode.0,
            uid: owners.uid(path, &file.user)?,
            gid: owners.gid(path, &file.group)?,
        };
        targets.insert(
            path.as_str(),
            Target {
                entry,
                contents,
                on_change: file.on_change,
            },
        );
    }
    for (path, link) in &step.symlinks {
        let entry = Entry::Symlink {
            target: link.target.clone(),
        };
        targets.insert(
            path.as_str(),
            Target {
                entry,
                contents: Contents::None,
                on_change: link.on_change,
            },
        );
    }
    Ok(targets)
}
