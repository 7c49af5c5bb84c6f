//! Owners and modes that the kernel refused.

use super::record::{DIRECTORY, Entries, Entry, own_ids};
use super::report::Report;
use super::{Error, Options};
use crate::prefix::owners::{self, Manifest, Node};
use crate::prefix::{Granted, Prefix};

/// Whether the kernel would still refuse the owners in `pending`: asked with our own directory and the first of them, as
/// to be refused changes nothing. With `--dry-run` nobody is asked.
///
/// # Errors
/// [`Error::Prefix`].
pub fn still_refused(prefix: &Prefix, options: &Options, pending: &Entries) -> Result<bool, Error> {
    if pending.is_empty() || options.dry_run {
        return Ok(!pending.is_empty());
    }
    let own = own_ids();
    let wanted = pending
        .values()
        .filter_map(Entry::attributes)
        .map(|(_, uid, gid)| (uid, gid));
    let Some((uid, gid)) = wanted.into_iter().find(|ids| *ids != own) else {
        return Ok(true);
    };
    if prefix.set_owner(DIRECTORY, uid, gid)? == Granted::Refused {
        return Ok(true);
    }
    prefix.set_owner(DIRECTORY, own.0, own.1)?;
    Ok(false)
}

/// Puts `pending` into the report, or into the owners manifest where one was asked for.
///
/// # Errors
/// [`Error::Manifest`].
pub fn finish(options: &Options, pending: &Entries, report: &mut Report) -> Result<(), Error> {
    let Some(path) = &options.owners else {
        report.owners_pending = pending.keys().cloned().collect();
        return Ok(());
    };
    if options.dry_run {
        return Ok(());
    }
    let mut manifest = Manifest::new();
    manifest.extend(
        pending
            .iter()
            .filter_map(|(path, entry)| Some((path.clone(), line(entry)?))),
    );
    Ok(owners::write(path, &manifest)?)
}

fn line(entry: &Entry) -> Option<owners::Entry> {
    let (mode, uid, gid) = entry.attributes()?;
    let node = match entry {
        Entry::Directory { .. } => Node::Directory,
        Entry::File { .. } => Node::File,
        Entry::Symlink { target } => Node::Symlink(target.clone()),
    };
    Some(owners::Entry { node, mode, uid, gid })
}
