//! What earlier runs left on record about the prefix, as far as it can be believed.
//!
//! Record and journal lie beneath the prefix, so another user may have written them: in a run without root that root is
//! to finish, or as a trick to have root give something away. What such a file says is believed only about what belongs
//! to the user who could have written it, its keeper. Owners and modes are always those of the plan.

use super::account_files::ACCOUNT_FILES;
use super::record::{Attempt, DIRECTORY, Entries, Journal, RECORD, Record, own_ids, stamp_path};
use super::{Error, Run};
use crate::accounts::Ours;
use prefix::{Granted, Prefix, Writers};

/// What is known of the prefix.
#[derive(Debug)]
pub struct Known {
    /// The last completed run.
    pub record: Option<Record>,
    /// Whether nobody else could have written it. Only then does it prove that something that is missing was there.
    pub is_ours: bool,
    /// Interrupted runs.
    pub journal: Journal,
    /// How many of the journal's attempts, from the first, another user could have written.
    pub others_attempts: usize,
    /// Other users who could have written record, journal or stamp, by uid: root takes their runs over.
    pub keepers: Vec<u32>,
    /// Whether a run was completed here, and both record and journal are gone.
    pub is_lost: bool,
}

impl Known {
    /// Warnings for a person, a sentence each.
    pub fn warnings(&self, prefix: &Prefix) -> Vec<String> {
        let what = if self.is_lost {
            "was lost: what is there is kept, as if a person had made it"
        } else if !self.is_ours && self.keepers.is_empty() {
            "is not believed: others may write to it, or to a directory above it"
        } else {
            return Vec::new();
        };
        vec![format!("`{}` {what}", prefix.display(RECORD).display())]
    }

    /// The users other than root whose runs are finished, by uid.
    pub fn theirs(&self) -> Vec<u32> {
        let mut theirs = self.keepers.clone();
        theirs.extend(self.journal.attempts.iter().map(|attempt| attempt.uid));
        theirs.retain(|uid| *uid != 0);
        theirs
    }
}

impl Run<'_> {
    /// The record, if all of it can be believed.
    ///
    /// # Errors
    /// [`Error::Record`], [`Error::Prefix`].
    pub(super) fn own_record(&self) -> Result<Option<Record>, Error> {
        match Record::load_with_writers(self.prefix)? {
            Some(attributed) if attributed.writers == Writers::Ours || self.cannot_own()? => {
                attributed.into_value().map(Some)
            }
            _ => Ok(None),
        }
    }

    /// What is known of the prefix; `adopting` is whether the run adopts it.
    ///
    /// # Errors
    /// [`Error::Record`], [`Error::Prefix`].
    pub(super) fn known(&self, adopting: bool) -> Result<Known, Error> {
        let mut known = Known {
            record: None,
            is_ours: true,
            journal: Journal::new(adopting),
            others_attempts: 0,
            keepers: Vec::new(),
            is_lost: false,
        };
        let record = Record::load_with_writers(self.prefix)?;
        let journal = Journal::load_with_writers(self.prefix)?;
        let stamp = self.stamp_writers()?;
        known.is_lost = record.is_none() && journal.is_none() && stamp == Some(Writers::Ours);
        let others = [
            record.as_ref().map(|attributed| attributed.writers),
            journal.as_ref().map(|attributed| attributed.writers),
            stamp,
        ];
        let strangers = others.into_iter().flatten().any(|writers| writers != Writers::Ours);
        let believe_all = !strangers || self.cannot_own()?;
        for writers in others.into_iter().flatten() {
            if let Writers::Others(Some(uid)) = writers
                && !believe_all
                && !known.keepers.contains(&uid)
            {
                known.keepers.push(uid);
            }
        }
        if let Some(attributed) = record {
            known.is_ours = believe_all || attributed.writers == Writers::Ours;
            let writers = attributed.writers;
            if known.is_ours {
                known.record = Some(attributed.into_value()?);
            } else if let Ok(record) = attributed.into_value() {
                known.record = Some(believed_record(self.prefix, record, writers)?);
            }
        }
        if let Some(attributed) = journal {
            let writers = attributed.writers;
            if believe_all || writers == Writers::Ours {
                known.journal = attributed.into_value()?;
            } else if let Ok(journal) = attributed.into_value() {
                for attempt in journal.attempts {
                    if writers.can_vouch_for(attempt.uid) {
                        known
                            .journal
                            .attempts
                            .push(believed_attempt(self.prefix, attempt, writers)?);
                    }
                }
                known.others_attempts = known.journal.attempts.len();
            }
        }
        Ok(known)
    }

    /// Whether a run of ours by the owner of `/etc/passwd` set the prefix up. Record, journal or stamp must be of that
    /// user: what another user wrote proves nothing about a root's own files.
    ///
    /// # Errors
    /// [`Error::Prefix`].
    pub(super) fn was_set_up(&self, passwd_owner: u32) -> Result<bool, Error> {
        let writers = [
            Journal::load_with_writers(self.prefix)?.map(|attributed| attributed.writers),
            self.stamp_writers()?,
            Record::load_with_writers(self.prefix)?.map(|attributed| attributed.writers),
        ];
        let writers = writers.into_iter().flatten();
        Ok(writers.into_iter().any(|writers| writers.can_vouch_for(passwd_owner)))
    }

    fn stamp_writers(&self) -> Result<Option<Writers>, Error> {
        let stamp = self.prefix.inspect(&stamp_path("/"))?;
        Ok(stamp.map(|found| match found.uid {
            uid if uid == 0 || uid == own_ids().0 => Writers::Ours,
            uid => Writers::Others(Some(uid)),
        }))
    }

    /// Whether root cannot own files here, as on a file system that a host shares under one user, or on a read-only
    /// one. There the owner of a record does not tell who wrote it, and nothing can be given away either.
    fn cannot_own(&self) -> Result<bool, Error> {
        let own = own_ids();
        if own.0 != 0 || self.options.dry_run {
            return Ok(false);
        }
        match self.prefix.set_owner(DIRECTORY, own.0, own.1) {
            Ok(granted) => Ok(granted == Granted::Refused),
            Err(error) => match error.errno() {
                Some(rustix::io::Errno::ROFS) => Ok(true),
                Some(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR | rustix::io::Errno::LOOP) => Ok(false),
                _ => Err(error.into()),
            },
        }
    }
}

/// `record` reduced to what it says about things that belong to whoever could have written it (`writers`).
fn believed_record(prefix: &Prefix, mut record: Record, writers: Writers) -> Result<Record, Error> {
    record.entries = believed_entries(prefix, record.entries, writers)?;
    record.created = believed_paths(prefix, record.created, writers)?;
    record.accounts = believed_accounts(prefix, record.accounts, writers)?;
    // The plan alone decides owners and modes.
    record.pending = Entries::new();
    record.instance = false;
    record.machine_id = None;
    Ok(record)
}

fn believed_attempt(prefix: &Prefix, mut attempt: Attempt, writers: Writers) -> Result<Attempt, Error> {
    attempt.entries = believed_entries(prefix, attempt.entries, writers)?;
    attempt.created = believed_paths(prefix, attempt.created, writers)?;
    attempt.accounts = believed_accounts(prefix, attempt.accounts, writers)?;
    Ok(attempt)
}

fn believed_entries(prefix: &Prefix, entries: Entries, writers: Writers) -> Result<Entries, Error> {
    let mut believed = Entries::new();
    for (path, entry) in entries {
        if path != RECORD && owner(prefix, &path)?.is_some_and(|uid| writers.can_vouch_for(uid)) {
            believed.insert(path, entry);
        }
    }
    Ok(believed)
}

fn believed_paths(prefix: &Prefix, paths: Vec<String>, writers: Writers) -> Result<Vec<String>, Error> {
    let mut believed = Vec::new();
    for path in paths {
        if owner(prefix, &path)?.is_some_and(|uid| writers.can_vouch_for(uid)) {
            believed.push(path);
        }
    }
    Ok(believed)
}

/// The accounts, if every database that is there belongs to the keeper; otherwise none.
fn believed_accounts(prefix: &Prefix, accounts: Ours, writers: Writers) -> Result<Ours, Error> {
    for path in ACCOUNT_FILES {
        if owner(prefix, path)?.is_some_and(|uid| !writers.can_vouch_for(uid)) {
            return Ok(Ours::default());
        }
    }
    Ok(accounts)
}

/// The owner of what lies at `path`. `None` if nothing is there, if another user's link is on the way, or if `path` is
/// not in its shortest form.
fn owner(prefix: &Prefix, path: &str) -> Result<Option<u32>, Error> {
    match prefix.inspect(path) {
        Ok(found) => Ok(found.map(|found| found.uid)),
        Err(prefix::Error::ForeignLink { .. } | prefix::Error::NotNormalised(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
