//! Compares what the plan wants with what is there, and decides what to do at each path. Changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::Error;
use super::losses::{self, parent};
use super::record::{Entries, Entry, own_ids};
use super::targets::Target;
use prefix::{self, Found, Kind, Prefix};
use step::OnChange;

/// Why a path behind another user's link is kept. The link is not followed: the owner of a managed directory could lead
/// root's run elsewhere. Nor is it an error: they could make root's run fail.
const FOREIGN_LINK: &str = "a link on the way belongs to another user";

/// What the stamp of a file system says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was initialised for this very plan: nothing on it is looked at.
    Complete,
    /// It is the one that the record is about: if a managed path is missing, a person deleted it.
    Recorded,
    /// It is new, or was not there at the last run: what is missing is made.
    New,
}

/// What earlier runs left, as far as decisions need it.
#[derive(Debug, Default)]
pub struct Before<'a> {
    /// Managed paths as the last completed run wrote them.
    pub recorded: Option<&'a Entries>,
    /// Managed paths as interrupted runs were about to write them.
    pub attempts: Vec<&'a Entries>,
    /// Directories that we made.
    pub created: BTreeSet<&'a str>,
    /// Directories that an interrupted run was about to make: they may not have their mode and owner yet.
    pub begun: BTreeSet<&'a str>,
    /// Whether a root that somebody else set up is adopted: everything that is there stays.
    pub adopting: bool,
    /// The wanted entries of paths whose owner or mode the kernel still refuses to set.
    pub refused: Entries,
    /// Paths that were there before our first run and were kept: they count as a person's from then on.
    pub foreign: BTreeSet<&'a str>,
    /// The uid and gid of whoever ran the interrupted runs. Where the kernel refused the wanted owner, what those runs
    /// wrote belongs to them.
    pub runners: Vec<(u32, u32)>,
    /// Other users whose runs root takes over, by uid.
    pub keepers: Vec<u32>,
    /// A run was completed here, but its record is gone.
    pub is_lost: bool,
}

/// What is to be done at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is as wanted.
    Nothing,
    /// Nothing is there: make it.
    Create,
    /// A file or link of ours, or one that the plan says to replace: put the wanted one in its place.
    Replace,
    /// Something of ours of another type is there: take it away first.
    ReplaceOther,
    /// The directory is there: set its mode and owner.
    Attributes,
    /// What is there is a person's, and stays. The reason in words.
    Keep(&'static str),
}

/// What to do with a path that an earlier plan managed and this one does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dropped {
    /// Take away a file or link.
    RemoveFile,
    /// Take away a directory: nothing else is in it.
    RemoveDirectory,
    /// It stays, in the record as well: somebody changed it, or something else is in it. The reason in words.
    Keep(&'static str),
}

/// The decisions of a run.
#[derive(Debug, Default)]
pub struct Survey<'a> {
    /// What to do at each path of the plan; parents come first.
    pub decisions: BTreeMap<&'a str, Decision>,
    /// What to do with each path that only earlier plans had; parents come first.
    pub dropped: BTreeMap<String, Dropped>,
    /// Paths of earlier plans that a person deleted. If a later plan has one of them again, it is not made.
    pub deleted: BTreeSet<String>,
    /// Directories that were lost as a whole (`losses`): what is missing in them does not count as deleted by a person.
    pub lost: BTreeSet<String>,
    /// The directories whose owner or mode is to be set, as they were found.
    pub found: BTreeMap<&'a str, Found>,
}

/// Decides what to do at each of `targets`, and with each path of earlier plans. `state` gives the state of the file
/// system that a path lies on.
///
/// # Errors
/// Something is in the way that no plan may replace, or cannot be looked at.
pub fn survey<'a>(
    prefix: &Prefix,
    targets: &BTreeMap<&'a str, Target<'_>>,
    before: &Before<'_>,
    state: &mut dyn FnMut(&str) -> Result<State, Error>,
) -> Result<Survey<'a>, Error> {
    let mut survey = Survey::default();
    if let Some(recorded) = before.recorded {
        survey.lost = losses::directories(prefix, recorded, state)?;
    }
    for (path, target) in targets {
        let has_children = || {
            let beneath = format!("{}/", path.trim_end_matches('/'));
            let from = (Bound::Included(beneath.as_str()), Bound::Unbounded);
            targets
                .range::<str, _>(from)
                .next()
                .is_some_and(|(next, _)| next.starts_with(&beneath))
        };
        let is_lost = survey.lost.contains(parent(path));
        let mut found = None;
        let decided = state(path).and_then(|state| {
            let place = (state, is_lost);
            decide(prefix, (path, target), before, place, &has_children, &mut found)
        });
        let decision = match decided {
            Err(Error::Prefix(prefix::Error::ForeignLink { .. })) => Decision::Keep(FOREIGN_LINK),
            decision => decision?,
        };
        if let (Decision::Attributes, Some(found)) = (&decision, found) {
            survey.found.insert(path, found);
        }
        survey.decisions.insert(path, decision);
    }
    let earlier = before
        .recorded
        .into_iter()
        .chain(before.attempts.iter().copied())
        .flat_map(BTreeMap::keys);
    for path in earlier {
        if targets.contains_key(path.as_str()) || survey.dropped.contains_key(path) {
            continue;
        }
        let found = match prefix.inspect(path) {
            Err(prefix::Error::ForeignLink { .. }) => {
                survey.dropped.insert(path.clone(), Dropped::Keep(FOREIGN_LINK));
                continue;
            }
            found => found?,
        };
        if let Some(found) = found {
            if let Some(dropped) = drop_path(prefix, path, &found, before)? {
                survey.dropped.insert(path.clone(), dropped);
            }
        } else if before.was_deleted(path, state(path)?) && !survey.lost.contains(parent(path)) {
            survey.deleted.insert(path.clone());
        }
    }
    keep_filled_directories(prefix, &mut survey.dropped)?;
    Ok(survey)
}

fn decide(
    prefix: &Prefix,
    (path, target): (&str, &Target<'_>),
    before: &Before<'_>,
    (state, is_lost): (State, bool),
    has_children: &dyn Fn() -> bool,
    directory: &mut Option<Found>,
) -> Result<Decision, Error> {
    if state == State::Complete {
        return Ok(Decision::Nothing);
    }
    let recorded = before.recorded.and_then(|entries| entries.get(path));
    let Some(found) = prefix.inspect(path)? else {
        let is_directory = matches!(target.entry, Entry::Directory { .. });
        let deleted = !is_directory
            && !is_lost
            && target.on_change == OnChange::Keep
            && before.attempts.is_empty()
            && before.was_deleted(path, state);
        return Ok(if deleted {
            Decision::Keep("deleted by hand")
        } else {
            Decision::Create
        });
    };
    if let Kind::Other(what) = found.kind {
        return Err(Error::InTheWay {
            path: prefix.display(path),
            what,
        });
    }
    let Some(disk) = Entry::on_disk(prefix, path, &found)? else {
        return Ok(Decision::Create);
    };
    let ours = before.is_ours(path, &disk);
    if is_refused(path, target, &disk, before) || is_mounted_api(prefix, path, &found)? {
        return Ok(Decision::Nothing);
    }
    let foreign = before.adopting || before.foreign.contains(path);
    let replaceable = target.on_change == OnChange::Replace && !foreign;
    // On a file system that is new to us, what differs is no person's change, and the plan decides. At the first run,
    // that is the whole root.
    let is_new =
        state == State::New && !foreign && !before.is_lost && (recorded.is_some() || before.recorded.is_none());
    // Root takes over what another user's run made, if it is what the plan says. A link of theirs is made anew, even if
    // it is as wanted: its owner could still exchange it.
    let takes_over = before.takes_over(found.uid) && !before.foreign.contains(path);
    let is_takeover = takes_over && disk.same_contents(&target.entry);
    if disk == target.entry && !(is_takeover && matches!(disk, Entry::Symlink { .. })) {
        return Ok(Decision::Nothing);
    }
    Ok(match (&target.entry, &disk) {
        (Entry::Directory { .. }, Entry::Directory { .. }) => {
            let is_plans = ours || before.begun.contains(path) || is_new || is_takeover;
            if is_plans && gives_away(&found, &target.entry) && !prefix.is_out_of_reach(path)? {
                Decision::Keep("another user could have put it there")
            } else if is_plans {
                *directory = Some(found);
                Decision::Attributes
            } else if recorded.is_some() {
                Decision::Keep("its mode or owner was changed by hand")
            } else {
                Decision::Keep("it was there before, with another mode or owner")
            }
        }
        (Entry::Directory { .. }, _) if ours => Decision::ReplaceOther,
        (Entry::Directory { .. }, Entry::Symlink { .. }) if prefix.leads_to_directory(path)? => {
            Decision::Keep("it is a link to a directory")
        }
        (Entry::Directory { .. }, other) => {
            if has_children() {
                let what = if matches!(other, Entry::File { .. }) {
                    "file"
                } else {
                    "link that leads to no directory"
                };
                return Err(Error::InTheWay {
                    path: prefix.display(path),
                    what,
                });
            }
            Decision::Keep("it is no directory")
        }
        (_, Entry::Directory { .. }) => {
            if ours && before.created.contains(path) {
                Decision::ReplaceOther
            } else {
                Decision::Keep("it is a directory")
            }
        }
        _ if ours || replaceable || is_takeover => Decision::Replace,
        _ if recorded.is_some() => Decision::Keep("changed by hand"),
        _ => Decision::Keep("it was there before"),
    })
}

/// Whether an API file system is mounted on the directory. The mode and owner that we see are then the kernel's, and
/// those of the directory beneath are hidden.
fn is_mounted_api(prefix: &Prefix, path: &str, found: &Found) -> Result<bool, Error> {
    let is_api = matches!(path, "/proc" | "/sys" | "/dev" | "/run") && found.kind == Kind::Directory;
    Ok(is_api && found.device != prefix.device(path)?)
}

/// Whether the path differs in owner or mode alone, and the kernel refuses the wanted ones.
fn is_refused(path: &str, target: &Target<'_>, disk: &Entry, before: &Before<'_>) -> bool {
    before.refused.get(path) == Some(&target.entry)
        && before.recorded.and_then(|recorded| recorded.get(path)) == Some(disk)
        && disk.same_contents(&target.entry)
}

fn drop_path(prefix: &Prefix, path: &str, found: &Found, before: &Before<'_>) -> Result<Option<Dropped>, Error> {
    let disk = Entry::on_disk(prefix, path, found)?;
    let recorded = before.recorded.and_then(|entries| entries.get(path));
    Ok(match disk {
        Some(disk @ Entry::Directory { .. }) => {
            let changed = recorded.is_some_and(|recorded| *recorded != disk) && before.attempts.is_empty();
            if changed {
                Some(Dropped::Keep(
                    "not in the plan any more, but its mode or owner was changed by hand",
                ))
            } else {
                before.created.contains(path).then_some(Dropped::RemoveDirectory)
            }
        }
        Some(disk) if before.is_ours(path, &disk) => Some(Dropped::RemoveFile),
        _ => Some(Dropped::Keep("not in the plan any more, but it was changed by hand")),
    })
}

/// Whether the change would give one of our directories to another owner, or open it to users who have no access yet.
fn gives_away(found: &Found, wanted: &Entry) -> bool {
    let (mode, uid, gid) = wanted.attributes().unwrap_or_default();
    let is_own = found.uid == 0 || found.uid == own_ids().0;
    is_own && ((uid, gid) != (found.uid, found.gid) || mode & !found.mode & 0o7077 != 0)
}

/// Keeps each directory that something stays in. The deepest ones are looked at first.
fn keep_filled_directories(prefix: &Prefix, dropped: &mut BTreeMap<String, Dropped>) -> Result<(), Error> {
    let directories: Vec<String> = dropped
        .iter()
        .filter(|(_, what)| **what == Dropped::RemoveDirectory)
        .map(|(path, _)| path.clone())
        .collect();
    for path in directories.iter().rev() {
        let stays = |name: &String| {
            !matches!(
                dropped.get(&format!("{path}/{name}")),
                Some(Dropped::RemoveFile | Dropped::RemoveDirectory)
            )
        };
        if prefix.list(path)?.iter().any(stays) {
            dropped.insert(
                path.clone(),
                Dropped::Keep("not in the plan any more, but something is in it"),
            );
        }
    }
    Ok(())
}

impl Before<'_> {
    /// Whether `disk` is as we wrote it, or as an interrupted run was about to.
    fn is_ours(&self, path: &str, disk: &Entry) -> bool {
        let recorded = self.recorded.and_then(|entries| entries.get(path)) == Some(disk);
        let owner = disk.attributes().map(|(_, uid, gid)| (uid, gid));
        let refused = owner.is_some_and(|owner| self.runners.contains(&owner));
        let mut attempts = self.attempts.iter().filter_map(|entries| entries.get(path));
        recorded || attempts.any(|entry| entry == disk || (refused && entry.same_contents(disk)))
    }

    /// Whether root takes over what `uid` owns: it does where it finishes a run of that user.
    fn takes_over(&self, uid: u32) -> bool {
        let is_runners = self.runners.iter().any(|(runner, _)| *runner == uid);
        own_ids().0 == 0 && uid != 0 && !self.adopting && (is_runners || self.keepers.contains(&uid))
    }

    /// Whether a person deleted what is missing at `path`: it was there, and no run since then was about to take it away.
    fn was_deleted(&self, path: &str, state: State) -> bool {
        let recorded = self.recorded.and_then(|entries| entries.get(path));
        state == State::Recorded
            && recorded.is_some_and(|entry| !matches!(entry, Entry::Directory { .. }))
            && self.attempts.iter().all(|entries| entries.contains_key(path))
    }
}
