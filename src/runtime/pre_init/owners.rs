//! Owners and modes that the kernel refused.

use std::path::Path;

use super::instance::MACHINE_ID;
use super::record::{DIRECTORIES, DIRECTORY, Entries, Entry, own_ids};
use super::report::Report;
use super::{Error, Options, profile};
use prefix::owners::{self, Manifest, Node};
use prefix::{Found, Granted, Kind, Prefix};

/// Whether the kernel would still refuse the owners in `pending`: asked with our own directory and the first of them that
/// it does not have, as to be refused changes nothing. With `--dry-run` nobody is asked.
///
/// # Errors
/// [`Error::Prefix`].
pub fn still_refused(prefix: &Prefix, options: &Options, pending: &Entries) -> Result<bool, Error> {
    let Some(found) = prefix.inspect(DIRECTORY)? else {
        return Ok(false);
    };
    if pending.is_empty() || options.dry_run {
        return Ok(!pending.is_empty());
    }
    let current = (found.uid, found.gid);
    let mut wanted = pending
        .values()
        .filter_map(Entry::attributes)
        .map(|(_, uid, gid)| (uid, gid));
    let Some((uid, gid)) = wanted.find(|ids| *ids != current) else {
        return Ok(true);
    };
    if prefix.set_owner(DIRECTORY, uid, gid)? == Granted::Refused {
        return Ok(true);
    }
    // It is ours, whoever we are.
    let own = own_ids();
    prefix.set_owner(DIRECTORY, own.0, own.1)?;
    Ok(false)
}

/// Gives what is in `pending`, and is not among the plan's `entries`, the owner that an earlier run was refused.
///
/// # Errors
/// [`Error::Prefix`].
pub fn give(prefix: &Prefix, pending: &Entries, entries: &Entries) -> Result<(), Error> {
    for (path, wanted) in pending {
        let (mode, uid, gid) = wanted.attributes().unwrap_or_default();
        let Some(found) = prefix.inspect(path)? else { continue };
        if entries.contains_key(path) || (found.uid, found.gid) == (uid, gid) {
            continue;
        }
        match (found.kind, wanted) {
            (Kind::Directory, Entry::Directory { .. }) => {
                prefix.set_owner(path, uid, gid)?;
                prefix.set_mode(path, mode)?;
            }
            (Kind::Symlink(target), Entry::Symlink { .. }) => {
                let staged = prefix.stage_symlink(path, &target)?;
                prefix.commit(staged)?;
            }
            (Kind::File, Entry::File { .. }) => {
                let contents = prefix.read(path)?.unwrap_or_default();
                let staged = prefix.stage_file(path, &mut contents.as_slice(), mode, (uid, gid))?;
                prefix.commit(staged)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// What we made for ourselves and belongs to one of `owners`, as it should be: root's.
///
/// # Errors
/// [`Error::Prefix`].
pub fn our_own(prefix: &Prefix, entries: &Entries, owners: &[(u32, u32)]) -> Result<Entries, Error> {
    let (uid, gid) = (0, 0);
    let mut own = Entries::new();
    let folders = DIRECTORIES.into_iter().chain(profile::PARENTS);
    for path in folders.chain([MACHINE_ID]).chain(profile::LINKS) {
        let Some(Found { kind, mode, .. }) = prefix
            .inspect(path)?
            .filter(|found| !entries.contains_key(path) && owners.contains(&(found.uid, found.gid)))
        else {
            continue;
        };
        match kind {
            Kind::Directory => own.insert(path.to_owned(), Entry::Directory { mode, uid, gid }),
            Kind::File => own.insert(path.to_owned(), our_file(mode)),
            Kind::Symlink(target) => own.insert(path.to_owned(), Entry::Symlink { target }),
            Kind::Other(_) => None,
        };
    }
    Ok(own)
}

/// A file of ours, whose contents do not matter here.
pub fn our_file(mode: u32) -> Entry {
    Entry::File {
        sha256: String::new(),
        mode,
        uid: 0,
        gid: 0,
    }
}

/// Refuses a manifest that cannot be written, before anything is done.
///
/// # Errors
/// [`Error::Manifest`].
pub fn check(options: &Options) -> Result<(), Error> {
    let Some(path) = &options.owners else { return Ok(()) };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match std::fs::metadata(folder.unwrap_or(Path::new("."))) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(Error::NoFolder {
            path: path.clone(),
            error: std::io::ErrorKind::NotADirectory.into(),
        }),
        Err(error) => Err(Error::NoFolder {
            path: path.clone(),
            error,
        }),
    }
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
