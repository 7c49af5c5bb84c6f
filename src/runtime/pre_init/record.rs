//! What pre-init knows about a prefix: the record of the last completed run, and the journal of interrupted ones.
//!
//! Both lie in [`DIRECTORY`]. The journal is begun before the first change and taken away after the record is written, so
//! its existence alone says that a run did not finish. Both hold every managed path as it was, or was about to be, written:
//! that is how a person's change is told from ours. On each file system a stamp ([`STAMP`]) names the plan that it was
//! last initialised for.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Error;
use crate::accounts::Ours;
use prefix::{Found, Kind, Prefix, Writers};
use tree::digest;
use tree::{Fields, FromTree, Tree, fields};

/// Where record and journal lie, beneath the prefix.
pub const DIRECTORY: &str = "/var/lib/system-installer";
/// [`DIRECTORY`] and those above it, from the top.
pub const DIRECTORIES: [&str; 3] = ["/var", "/var/lib", DIRECTORY];
/// The record itself.
pub const RECORD: &str = "/var/lib/system-installer/record.json";
const JOURNAL: &str = "/var/lib/system-installer/journal.json";
/// The name of the stamp at the top of each file system.
pub const STAMP: &str = ".system-installer";
/// The version of record and journal.
const RECORD_FORMAT: u32 = 1;

/// What lies at a managed path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Entry {
    /// A directory.
    Directory {
        /// Permission bits.
        mode: u32,
        /// Owner.
        uid: u32,
        /// Owning group.
        gid: u32,
    },
    /// A regular file.
    File {
        /// SHA-256 of the contents, hexadecimal.
        sha256: String,
        /// Permission bits.
        mode: u32,
        /// Owner.
        uid: u32,
        /// Owning group.
        gid: u32,
    },
    /// A symbolic link.
    Symlink {
        /// The text of the link.
        target: String,
    },
}

impl Entry {
    /// What lies at `path`, as [`Prefix::inspect`] found it; `None` for what is neither directory, file nor link.
    ///
    /// # Errors
    /// [`Error::Prefix`].
    pub fn on_disk(prefix: &Prefix, path: &str, found: &Found) -> Result<Option<Self>, Error> {
        let (mode, uid, gid) = (found.mode, found.uid, found.gid);
        Ok(match &found.kind {
            Kind::Directory => Some(Self::Directory { mode, uid, gid }),
            Kind::Symlink(target) => Some(Self::Symlink { target: target.clone() }),
            Kind::File => {
                let hash = prefix.hash(path)?.unwrap_or_default();
                Some(Self::File {
                    sha256: digest::to_hex(&hash),
                    mode,
                    uid,
                    gid,
                })
            }
            Kind::Other(_) => None,
        })
    }

    /// Permission bits, owner and group; `None` for a link, which has none of its own.
    pub fn attributes(&self) -> Option<(u32, u32, u32)> {
        match self {
            Self::Directory { mode, uid, gid } | Self::File { mode, uid, gid, .. } => Some((*mode, *uid, *gid)),
            Self::Symlink { .. } => None,
        }
    }

    /// Whether both are the same but for permission bits, owner and group.
    pub fn same_contents(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Directory { .. }, Self::Directory { .. }) => true,
            (Self::File { sha256: a, .. }, Self::File { sha256: b, .. })
            | (Self::Symlink { target: a }, Self::Symlink { target: b }) => a == b,
            _ => false,
        }
    }
}

impl FromTree for Entry {
    fn from_tree(tree: Tree) -> Result<Self, String> {
        let mut fields = Fields::of(tree)?;
        let kind: String = fields.take("type")?;
        if kind == "symlink" {
            let target = fields.take("target")?;
            return fields.end().map(|()| Self::Symlink { target });
        }
        let (mode, uid, gid) = (fields.take("mode")?, fields.take("uid")?, fields.take("gid")?);
        let entry = match kind.as_str() {
            "directory" => Self::Directory { mode, uid, gid },
            "file" => Self::File {
                sha256: fields.take("sha256")?,
                mode,
                uid,
                gid,
            },
            _ => return Err(format!("`{kind}` is no type of entry")),
        };
        fields.end().map(|()| entry)
    }
}

/// Managed paths and what lies there.
pub type Entries = BTreeMap<String, Entry>;

/// The last completed run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    format: u32,
    /// The identity of the step that was run: SHA-256 of its JSON.
    pub plan: String,
    /// The store path of its system.
    pub system: String,
    /// Managed paths as they were written.
    pub entries: Entries,
    /// Directories that were not there before: only they may be taken away again.
    pub created: Vec<String>,
    /// Paths of the plan that were there before us and were kept.
    pub foreign: Vec<String>,
    /// Managed users and groups as they were written.
    pub accounts: Ours,
    /// The wanted entries of paths whose owner or mode the kernel refused to set.
    pub pending: Entries,
    /// The top directory of each file system that has a stamp.
    pub stamps: Vec<String>,
    /// Whether the instance stage is done.
    pub instance: bool,
    /// The machine id that the instance stage made. A root that was lost gets the same id again.
    pub machine_id: Option<String>,
}

fields!(Record: format, plan, system, entries, created, foreign, accounts, pending, stamps, instance, machine_id);

/// A record or journal as it was read beneath the prefix, with who could have written it. Look at `writers` before you
/// rely on what it says.
#[derive(Debug)]
pub struct Attributed<T> {
    /// Who could have written it.
    pub writers: Writers,
    value: Result<T, Error>,
}

impl<T> Attributed<T> {
    /// The record or journal itself.
    ///
    /// # Errors
    /// It cannot be understood, or another version of the runtime wrote it.
    pub fn into_value(self) -> Result<T, Error> {
        self.value
    }
}

/// A run that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// As in [`Record`].
    pub plan: String,
    /// Managed paths as the run was about to write them.
    pub entries: Entries,
    /// Directories that the run was about to make.
    pub created: Vec<String>,
    /// Managed users and groups as the run was about to write them.
    pub accounts: Ours,
    /// The uid of whoever ran it.
    pub uid: u32,
    /// The gid of whoever ran it.
    pub gid: u32,
}

fields!(Attempt: plan, entries, created, accounts, uid, gid);

/// Runs that were begun and not completed, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Journal {
    format: u32,
    /// Whether the first of them adopted a root that somebody else set up.
    pub adopting: bool,
    /// The runs.
    pub attempts: Vec<Attempt>,
}

fields!(Journal: format, adopting, attempts);

impl Record {
    /// A record of a run for `plan` that has done nothing yet.
    pub fn new(plan: &str, system: &str) -> Self {
        Self {
            format: RECORD_FORMAT,
            plan: plan.to_owned(),
            system: system.to_owned(),
            entries: Entries::new(),
            created: Vec::new(),
            foreign: Vec::new(),
            accounts: Ours::default(),
            pending: Entries::new(),
            stamps: Vec::new(),
            instance: false,
            machine_id: None,
        }
    }

    /// The record of `prefix`. `None` where there is none, or where another user could have written it.
    ///
    /// # Errors
    /// It cannot be read, or another version of the runtime wrote it.
    pub fn load(prefix: &Prefix) -> Result<Option<Self>, Error> {
        let attributed = Self::load_with_writers(prefix)?.filter(|attributed| attributed.writers == Writers::Ours);
        attributed.map(Attributed::into_value).transpose()
    }

    /// The record of `prefix`, with who could have written it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn load_with_writers(prefix: &Prefix) -> Result<Option<Attributed<Self>>, Error> {
        load(prefix, RECORD)
    }

    /// Reads the contents of a record.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        Self::from_tree(parse_tree(bytes)?)
    }

    /// Whether `prefix` has a record, readable or not.
    ///
    /// # Errors
    /// [`prefix::Error`].
    pub fn exists(prefix: &Prefix) -> Result<bool, prefix::Error> {
        Ok(prefix.inspect(RECORD)?.is_some())
    }

    /// Writes the record; what it speaks of must be synced before.
    ///
    /// # Errors
    /// [`Error::Prefix`].
    pub fn save(&self, prefix: &Prefix) -> Result<(), Error> {
        save(prefix, RECORD, self)
    }

    /// Enters the pending owners and modes as set. For the builder of images, which gives the image those that the
    /// kernel refused.
    pub fn grant_pending(&mut self) {
        for (path, entry) in std::mem::take(&mut self.pending) {
            if let Some(recorded) = self.entries.get_mut(&path) {
                *recorded = entry;
            }
        }
    }

    /// Whether every file system that was initialised for this record still has its stamp.
    ///
    /// # Errors
    /// [`Error::Prefix`].
    pub fn stamped(&self, prefix: &Prefix) -> Result<bool, Error> {
        for top in &self.stamps {
            if !is_stamped(prefix, top, &self.plan)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Journal {
    /// A journal without attempts.
    pub fn new(adopting: bool) -> Self {
        Self {
            format: RECORD_FORMAT,
            adopting,
            attempts: Vec::new(),
        }
    }

    /// The journal of `prefix`, if a run was interrupted, with who could have written it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn load_with_writers(prefix: &Prefix) -> Result<Option<Attributed<Self>>, Error> {
        load(prefix, JOURNAL)
    }

    /// Reads the contents of a journal.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        Self::from_tree(parse_tree(bytes)?)
    }

    /// Whether `prefix` has a journal.
    ///
    /// # Errors
    /// [`Error::Prefix`].
    pub fn exists(prefix: &Prefix) -> Result<bool, Error> {
        Ok(prefix.inspect(JOURNAL)?.is_some())
    }

    /// Adds `attempt` in place of an earlier one for the same plan, and writes the journal.
    ///
    /// # Errors
    /// [`Error::Prefix`].
    pub fn begin(&mut self, prefix: &Prefix, attempt: Attempt) -> Result<(), Error> {
        self.attempts.retain(|earlier| earlier.plan != attempt.plan);
        self.attempts.push(attempt);
        save(prefix, JOURNAL, self)
    }

    /// Takes the journal away: the run is complete.
    ///
    /// # Errors
    /// [`Error::Prefix`].
    pub fn end(prefix: &Prefix) -> Result<(), Error> {
        prefix.remove_file(JOURNAL)?;
        Ok(())
    }
}

/// Whether the file system whose top is `top` was initialised for `plan`.
///
/// # Errors
/// [`Error::Prefix`].
pub fn is_stamped(prefix: &Prefix, top: &str, plan: &str) -> Result<bool, Error> {
    let path = stamp_path(top);
    if !matches!(prefix.inspect(&path)?, Some(Found { kind: Kind::File, .. })) {
        return Ok(false);
    }
    Ok(prefix.read(&path)?.is_some_and(|contents| contents == stamp(plan)))
}

/// Stamps the file system whose top is `top`.
///
/// # Errors
/// [`Error::Prefix`].
pub fn write_stamp(prefix: &Prefix, top: &str, plan: &str) -> Result<(), Error> {
    let owner = prefix.inspect(&stamp_path(top))?.map(|found| (found.uid, found.gid));
    if owner == Some(own_ids()) && is_stamped(prefix, top, plan)? {
        return Ok(());
    }
    let staged = prefix.stage_file(&stamp_path(top), &mut stamp(plan).as_slice(), 0o644, own_ids())?;
    prefix.commit(staged)?;
    Ok(())
}

/// The path of the stamp of the file system whose top is `top`.
pub fn stamp_path(top: &str) -> String {
    format!("{}/{STAMP}", top.trim_end_matches('/'))
}

fn stamp(plan: &str) -> Vec<u8> {
    format!("{plan}\n").into_bytes()
}

/// The effective uid and gid of this process: they own the files that we alone read.
pub fn own_ids() -> (u32, u32) {
    (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw())
}

fn load<T: FromTree>(prefix: &Prefix, path: &str) -> Result<Option<Attributed<T>>, Error> {
    let Some((bytes, writers)) = prefix.read_with_writers(path)? else {
        return Ok(None);
    };
    let read = parse_tree(&bytes).and_then(T::from_tree);
    let value = read.map_err(|message| Error::Record {
        path: prefix.display(path),
        message,
    });
    Ok(Some(Attributed { writers, value }))
}

fn parse_tree(bytes: &[u8]) -> Result<Tree, String> {
    let tree: Tree = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    if let Some(Tree::Int(format)) = tree.attribute("format")
        && *format != i64::from(RECORD_FORMAT)
    {
        return Err(format!("its format is {format}, this runtime knows {RECORD_FORMAT}"));
    }
    Ok(tree)
}

/// Writes `value` so that its owner alone can read it: the record tells which files a person changed.
fn save(prefix: &Prefix, path: &str, value: &impl Serialize) -> Result<(), Error> {
    let bytes = serde_json::to_vec(value).map_err(|e| Error::Record {
        path: prefix.display(path),
        message: e.to_string(),
    })?;
    let staged = prefix.stage_file(path, &mut bytes.as_slice(), 0o600, own_ids())?;
    prefix.sync()?;
    prefix.commit(staged)?;
    prefix.sync()?;
    Ok(())
}
