//! Owners and modes that the kernel refused to set: whether it grants them now, and how they are reported. Also, how
//! root takes over what another user's run made for itself.

use std::path::Path;

use super::instance::{self, MACHINE_ID};
use super::record::{DIRECTORIES, DIRECTORY, Entries, Entry, own_ids};
use super::report::Report;
use super::{Error, Options, profile};
use prefix::owners::{self, Manifest, Node};
use prefix::{Found, Kind, Prefix};

/// The entries of `pending` whose owner or mode the kernel still refuses. It is asked once for each owner, mode and
/// file system, by means of a file that never gets a name. On a file system without such files, everything counts as
/// still refused.
pub fn still_refused(prefix: &Prefix, pending: &Entries) -> Entries {
    let mut refused = Entries::new();
    let mut answers: Vec<((u64, u32, u32, u32), bool)> = Vec::new();
    for (path, entry) in pending {
        let is_refused = match entry.attributes() {
            // Links belong to whoever makes them.
            None => own_ids().0 != 0,
            Some((mode, uid, gid)) => match prefix.device(path) {
                // Whatever is in the way is reported when the run comes to it.
                Err(_) => false,
                Ok(device) => {
                    let question = (device, mode, uid, gid);
                    let known = answers.iter().find(|(other, _)| *other == question);
                    let answer = known.map(|(_, answer)| *answer);
                    let ask = || prefix.would_grant(path, (uid, gid), mode);
                    let is_refused = answer.unwrap_or_else(|| ask().is_ok_and(|granted| granted != Some(true)));
                    if answer.is_none() {
                        answers.push((question, is_refused));
                    }
                    is_refused
                }
            },
        };
        if is_refused {
            refused.insert(path.clone(), entry.clone());
        }
    }
    refused
}

/// Gives root the files, links and directories that we make for ourselves, where one of `owners` has them. Those among
/// the plan's `entries` are left out. Each is made as we make it, and only if it can be one that we made: contents that
/// somebody else wrote are not relied on otherwise.
///
/// # Errors
/// [`Error::Prefix`].
pub fn take_our_own(prefix: &Prefix, entries: &Entries, owners: &[u32]) -> Result<(), Error> {
    let theirs = |path: &str| -> Result<Option<Found>, Error> {
        let found = prefix.inspect(path)?;
        Ok(found.filter(|found| !entries.contains_key(path) && found.uid != 0 && owners.contains(&found.uid)))
    };
    for path in profile::LINKS {
        if let Some(Found {
            kind: Kind::Symlink(target),
            ..
        }) = theirs(path)?
            && profile::may_say(&target)
        {
            let staged = prefix.stage_symlink(path, &target)?;
            prefix.commit(staged)?;
        }
    }
    if theirs(MACHINE_ID)?.is_some_and(|found| found.kind == Kind::File) {
        let contents = prefix.read_at_most(MACHINE_ID, 64)?.unwrap_or_default();
        if instance::is_machine_id(&contents) {
            let staged = prefix.stage_file(MACHINE_ID, &mut contents.as_slice(), instance::MODE, (0, 0))?;
            prefix.commit(staged)?;
        }
    }
    let mut folders: Vec<(String, u32)> = Vec::new();
    folders.extend(
        DIRECTORIES
            .into_iter()
            .chain(profile::PARENTS)
            .map(|path| (path.to_owned(), 0o755)),
    );
    // Other steps keep files and locks in these: nobody else may read or lock them.
    folders.extend(
        prefix
            .list(DIRECTORY)?
            .iter()
            .map(|name| (format!("{DIRECTORY}/{name}"), 0o700)),
    );
    for (path, mode) in folders {
        if let Some(found) = theirs(&path)?.filter(|found| found.kind == Kind::Directory) {
            prefix.change_directory(&path, &found, (0, 0), mode)?;
        }
    }
    Ok(())
}

/// What we made for ourselves and `owner` has, entered with root as the owner that it should have.
///
/// # Errors
/// [`Error::Prefix`].
pub fn our_own(prefix: &Prefix, entries: &Entries, owner: (u32, u32)) -> Result<Entries, Error> {
    let (uid, gid) = (0, 0);
    let mut own = Entries::new();
    let folders = DIRECTORIES.into_iter().chain(profile::PARENTS);
    for path in folders.chain([MACHINE_ID]).chain(profile::LINKS) {
        let Some(Found { kind, mode, .. }) = prefix
            .inspect(path)?
            .filter(|found| !entries.contains_key(path) && owner == (found.uid, found.gid))
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

/// Refuses an owners manifest that cannot be written, before anything is changed.
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
