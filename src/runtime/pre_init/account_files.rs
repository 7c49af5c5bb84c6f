//! Reads the account databases beneath a prefix, and stages the merged ones.

use std::collections::BTreeMap;

use super::Error;
use super::record::{Entries, Entry};
use crate::accounts::{Before, Database, Databases, Merged, merge};
use prefix::{Found, Kind, Prefix, Staged};
use step::PreInit;
use step::password;
use tree::digest;

const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";
const SHADOW: &str = "/etc/shadow";
const GSHADOW: &str = "/etc/gshadow";
/// The paths of the databases.
pub const ACCOUNT_FILES: [&str; 4] = [PASSWD, GROUP, SHADOW, GSHADOW];

/// A hashed password is one line; whoever points at something larger meant another file.
const PASSWORD_FILE_LIMIT: u64 = 4096;

/// The databases as they are, and as they shall be.
pub struct AccountFiles {
    found: Databases,
    /// Databases that are links. They are left alone: the file that a link leads to is not ours to change.
    pub linked: Vec<&'static str>,
    /// The result of the merge.
    pub merged: Merged,
}

impl AccountFiles {
    /// Reads the databases and merges the plan's users and groups into them. If neither this plan nor the last one has
    /// any, the databases are left alone.
    ///
    /// # Errors
    /// A file that cannot be read, or [`crate::accounts::Error`].
    pub fn merge(prefix: &Prefix, step: &PreInit, before: Before<'_>) -> Result<Self, Error> {
        let mut linked = Vec::new();
        for path in ACCOUNT_FILES {
            if matches!(
                prefix.inspect(path)?,
                Some(Found {
                    kind: Kind::Symlink(_),
                    ..
                })
            ) {
                linked.push(path);
            }
        }
        let read = |path| {
            if linked.contains(&path) {
                return Ok(None);
            }
            prefix
                .read(path)
                .map(|bytes| bytes.map(|bytes| Database::parse(&bytes)))
        };
        let found = Databases {
            passwd: read(PASSWD)?,
            group: read(GROUP)?,
            shadow: read(SHADOW)?,
            gshadow: read(GSHADOW)?,
        };
        let mut passwords = BTreeMap::new();
        for (name, user) in &step.users {
            if let Some(path) = &user.hashed_password_file {
                passwords.insert(name.clone(), read_password(prefix, path)?);
            }
        }
        let merged = merge(&found, &step.users, &step.groups, &passwords, before)?;
        Ok(Self { found, linked, merged })
    }

    /// Warnings about users whom `/etc/passwd` gives the uid 0 and whom the plan does not have, a sentence each. Only
    /// given where the file belongs to one of `theirs`: whoever finishes a run of theirs should know.
    ///
    /// # Errors
    /// [`Error::Prefix`].
    pub fn other_roots(&self, prefix: &Prefix, step: &PreInit, theirs: &[u32]) -> Result<Vec<String>, Error> {
        let mut warnings = Vec::new();
        let Some(found) = prefix.inspect(PASSWD)?.filter(|found| theirs.contains(&found.uid)) else {
            return Ok(warnings);
        };
        for fields in self.found.passwd.iter().flat_map(Database::entries) {
            let name = String::from_utf8_lossy(&fields[0]);
            let is_root = fields.get(2).is_some_and(|id| id.iter().all(|digit| *digit == b'0'));
            if is_root && !step.users.contains_key(name.as_ref()) {
                warnings.push(format!(
                    "user `{}` has all rights of root, and is not in the plan: `{PASSWD}` was user {}'s",
                    name.escape_default(),
                    found.uid
                ));
            }
        }
        Ok(warnings)
    }

    /// Stages the databases that changed, those whose owner is in `pending` and no longer `refused`, and those that
    /// belong to other users whose runs are finished (`theirs`, by uid). Returns each with the entry that it is to
    /// become. A new shadow file belongs to root, and to the group `shadow` where there is one: the tools that check
    /// passwords run with that group.
    ///
    /// # Errors
    /// [`Error::Prefix`].
    pub fn stage(
        &self,
        prefix: &Prefix,
        pending: &Entries,
        refused: &Entries,
        theirs: &[u32],
    ) -> Result<Vec<(Staged, Entry)>, Error> {
        let new = &self.merged.databases;
        let shadow = new.group.as_ref().and_then(|group| group.id("shadow"));
        let secret = shadow.map_or((0o600, 0, 0), |gid| (0o640, 0, gid));
        let files = [
            (PASSWD, &self.found.passwd, &new.passwd, (0o644, 0, 0)),
            (GROUP, &self.found.group, &new.group, (0o644, 0, 0)),
            (SHADOW, &self.found.shadow, &new.shadow, secret),
            (GSHADOW, &self.found.gshadow, &new.gshadow, secret),
        ];
        let mut staged = Vec::new();
        for (path, old, new, fresh) in files {
            let is_refused = refused.contains_key(path);
            let pending = pending.get(path).and_then(Entry::attributes);
            let found = match prefix.inspect(path)? {
                Some(Found {
                    kind: Kind::File,
                    mode,
                    uid,
                    gid,
                    ..
                }) => Some((mode, uid, gid)),
                _ => None,
            };
            let left = found.filter(|(_, uid, _)| *uid != 0 && theirs.contains(uid));
            let wanted = pending.or(left.and(Some(fresh))).or(found).unwrap_or(fresh);
            let (mode, uid, gid) = wanted;
            let is_right = old == new && (found == Some(wanted) || is_refused);
            if self.linked.contains(&path) || is_right {
                continue;
            }
            let Some(new) = new else { continue };
            let contents = new.to_bytes();
            let entry = Entry::File {
                sha256: digest::hex(&contents),
                mode,
                uid,
                gid,
            };
            staged.push((
                prefix.stage_file(path, &mut contents.as_slice(), mode, (uid, gid))?,
                entry,
            ));
        }
        Ok(staged)
    }
}

fn read_password(prefix: &Prefix, path: &str) -> Result<Option<String>, Error> {
    let bytes = match path.starts_with("/nix/store/").then(|| std::fs::read(path)) {
        Some(Ok(bytes)) => Some(bytes),
        _ => prefix.read_at_most(path, PASSWORD_FILE_LIMIT)?,
    };
    let Some(bytes) = bytes else { return Ok(None) };
    let text = String::from_utf8(bytes).unwrap_or_default();
    let first = text.lines().next().unwrap_or_default().trim();
    if first.is_empty() || !password::is_hash(first) {
        return Err(Error::PasswordFile {
            path: prefix.display(path),
        });
    }
    Ok(Some(first.to_owned()))
}
