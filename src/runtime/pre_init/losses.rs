//! Decides whether something missing was lost, or deleted on purpose. A person deletes one thing at a time. A power
//! loss, another tool or a file system that is not mounted takes a whole directory, or all that a file held. What was
//! lost is made again, with a warning.

use std::collections::{BTreeMap, BTreeSet};

use super::Error;
use super::account_files::ACCOUNT_FILES;
use super::record::{Entries, Entry, Record};
use super::survey::State;
use crate::accounts::Database;
use prefix::{Found, Kind, Prefix};

/// Whether the things that every system has are still there: the directories at the top, and accounts in their
/// databases. It looks at no more, because it runs at every start.
///
/// # Errors
/// [`Error::Prefix`].
pub fn is_whole(prefix: &Prefix, record: &Record) -> Result<bool, Error> {
    for (path, entry) in &record.entries {
        let is_top = path.rfind('/') == Some(0);
        if is_top && matches!(entry, Entry::Directory { .. }) && prefix.inspect(path)?.is_none() {
            return Ok(false);
        }
    }
    let ours = &record.accounts;
    let wanted = [
        !ours.users.is_empty(),
        !ours.groups.is_empty(),
        !ours.users.is_empty(),
        ours.gshadow && !ours.groups.is_empty(),
    ];
    for (path, wanted) in ACCOUNT_FILES.into_iter().zip(wanted) {
        if wanted && !has_accounts(prefix, path)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the database at `path` has an account. What is not a regular file is not ours to look into, and counts as
/// having one.
fn has_accounts(prefix: &Prefix, path: &str) -> Result<bool, Error> {
    match prefix.inspect(path)? {
        None => Ok(false),
        Some(Found { kind: Kind::File, .. }) => {
            let contents = prefix.read(path)?.unwrap_or_default();
            Ok(Database::parse(&contents).entries().next().is_some())
        }
        Some(_) => Ok(true),
    }
}

/// The directories of `recorded` that were lost: one is missing, or several things were recorded in it and none is
/// left. `state` gives the state of the file system that a path lies on.
///
/// # Errors
/// [`Error::Prefix`].
pub fn directories(
    prefix: &Prefix,
    recorded: &Entries,
    state: &mut dyn FnMut(&str) -> Result<State, Error>,
) -> Result<BTreeSet<String>, Error> {
    let mut children: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in recorded.keys().filter(|path| *path != "/") {
        children.entry(parent(path)).or_default().push(path);
    }
    let mut lost = BTreeSet::new();
    for (directory, mut children) in children {
        if directory == "/etc" {
            children.extend(ACCOUNT_FILES);
        }
        // A directory that is missing and not recorded was taken away together with the plan that had it.
        let is_ours = directory == "/" || recorded.contains_key(directory);
        if is_ours && is_lost(prefix, directory, &children, state)? {
            lost.insert(directory.to_owned());
        }
    }
    Ok(lost)
}

fn is_lost(
    prefix: &Prefix,
    directory: &str,
    children: &[&str],
    state: &mut dyn FnMut(&str) -> Result<State, Error>,
) -> Result<bool, Error> {
    // On a file system that is new to us, nothing was there to be lost. On one that is complete, nothing is looked at.
    let reached = children.first().map_or(Ok(State::New), |child| state(child));
    let present = reached.and_then(|state| match state {
        State::Recorded if prefix.leads_to_directory(directory)? => {
            let mut present = children.len() < 2;
            for child in children {
                present = present || is_own(prefix, child)?;
            }
            Ok(present)
        }
        State::Recorded => Ok(false),
        State::New | State::Complete => Ok(true),
    });
    match present {
        Err(Error::Prefix(prefix::Error::ForeignLink { .. })) => Ok(false),
        present => Ok(!present?),
    }
}

/// Whether something is at `path` that a container engine did not mount there.
fn is_own(prefix: &Prefix, path: &str) -> Result<bool, Error> {
    let Some(found) = prefix.inspect(path)? else {
        return Ok(false);
    };
    Ok(found.kind == Kind::Directory || (found.device == prefix.device(path)? && !is_empty_database(path, &found)))
}

fn is_empty_database(path: &str, found: &Found) -> bool {
    found.size == 0 && ACCOUNT_FILES.contains(&path)
}

/// The path of the directory that `path` lies in.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}
