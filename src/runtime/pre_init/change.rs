//! Carries out a run, from the journal to the record.

use rustix::io::Errno;

use super::account_files::ACCOUNT_FILES;
use super::apply::Apply;
use super::instance::MACHINE_ID;
use super::known::Known;
use super::outlook::Outlook;
use super::record::{Attempt, DIRECTORIES, DIRECTORY, Entries, Journal, RECORD, Record, own_ids, stamp_path};
use super::survey::Dropped;
use super::{Error, Report, Run, Stages, hooks, instance, owners, profile};
use crate::accounts;
use prefix::{AccountsLock, Kind};

impl Run<'_> {
    /// Carries out the whole run.
    pub(super) fn change(&self, adopting: bool) -> Result<Report, Error> {
        let known = self.known(adopting)?;
        let old = known.record.as_ref();
        let mut journal = known.journal.clone();
        self.discard_leftovers(old, &journal)?;
        let own = own_ids();
        self.claim_folder(&known)?;
        let lock = self.lock_accounts(old)?;
        let Outlook {
            targets,
            survey,
            accounts,
            mut file_systems,
            mut report,
            mut created,
            refused,
        } = self.outlook(&known)?;
        let none = Entries::new();
        let pending = old.map_or(&none, |record| &record.pending);
        let mut entries = Entries::new();
        entries.extend(
            targets
                .iter()
                .map(|(path, target)| ((*path).to_owned(), target.entry.clone())),
        );
        let attempt = Attempt {
            plan: self.plan.to_owned(),
            entries,
            created: created.iter().cloned().collect(),
            accounts: accounts.merged.ours.clone(),
            uid: own.0,
            gid: own.1,
        };
        let theirs = known.theirs();
        // Attempts that another user's journal holds are left out: in our journal they would count as true.
        journal.attempts.drain(..known.others_attempts);
        journal.begin(self.prefix, attempt)?;
        let earlier_created = old.iter().flat_map(|record| &record.created);
        let is_kept = |path: &&String| matches!(survey.dropped.get(*path), Some(Dropped::Keep(_)));
        created.extend(
            earlier_created
                .filter(|path| targets.contains_key(path.as_str()) || is_kept(path))
                .cloned(),
        );
        let apply = Apply {
            prefix: self.prefix,
            targets: &targets,
            survey,
            recorded: old.map(|record| &record.entries),
            pending,
            refused: &refused,
            theirs: &theirs,
        };
        let applied = apply.run(&accounts, &mut report)?;
        drop(lock);
        let earlier = old.and_then(|record| record.machine_id.as_deref());
        let machine_id = instance::machine_id(self.prefix, &self.step.machine_id, self.stages, earlier, &mut report)?;
        profile::link(self.prefix, &self.step.system, &mut report)?;
        self.load_registration(&mut report)?;
        hooks::run(self.prefix, &self.step.hooks, &mut report)?;

        let mut record = Record::new(self.plan, &self.step.system);
        record.entries = applied.entries;
        record.created = created.into_iter().collect();
        record.accounts = accounts.merged.ours;
        record.pending = applied.pending;
        record.foreign = applied.foreign;
        record.instance = self.stages == Stages::All || old.is_some_and(|record| record.instance);
        record.machine_id = machine_id.or_else(|| old.and_then(|record| record.machine_id.clone()));
        // The file systems are looked up again: a directory that was just made may be a mount point.
        file_systems.state("/")?;
        if own.0 == 0 {
            owners::take_our_own(self.prefix, &record.entries, &theirs)?;
        } else {
            record
                .pending
                .extend(owners::our_own(self.prefix, &record.entries, own)?);
            record.pending.insert(RECORD.to_owned(), owners::our_file(0o600));
            record.pending.extend(
                file_systems
                    .tops()
                    .map(|top| (stamp_path(top), owners::our_file(0o644))),
            );
        }
        owners::finish(self.options, &record.pending, &mut report)?;
        record.stamps = file_systems.stamp()?;
        record.save(self.prefix)?;
        Journal::end(self.prefix)?;
        self.prefix.sync()?;
        Ok(report)
    }

    /// Makes the directory of record and journal belong to this process's user. If another user's run is finished, the
    /// directories above it that are theirs change their owner, too: otherwise that user could exchange the journal.
    fn claim_folder(&self, known: &Known) -> Result<(), Error> {
        let own = own_ids();
        for path in DIRECTORIES {
            let Some(found) = self.prefix.inspect(path)? else {
                continue;
            };
            let is_theirs = found.uid != own.0 && known.keepers.contains(&found.uid);
            if found.kind == Kind::Directory && own.0 == 0 && is_theirs {
                self.prefix.change_directory(path, &found, own, 0o755)?;
            }
        }
        self.prefix.set_owner(DIRECTORY, own.0, own.1)?;
        Ok(())
    }

    /// Deletes the temporary files that interrupted runs left.
    fn discard_leftovers(&self, old: Option<&Record>, journal: &Journal) -> Result<(), Error> {
        if journal.attempts.is_empty() {
            return Ok(());
        }
        let entries = journal.attempts.iter().flat_map(|attempt| &attempt.entries);
        for path in entries.map(|(path, _)| path) {
            match self.prefix.discard_leftover(path) {
                Err(prefix::Error::ForeignLink { .. }) => {}
                result => result?,
            }
        }
        for path in ACCOUNT_FILES.into_iter().chain([MACHINE_ID]).chain(profile::LINKS) {
            self.prefix.discard_leftover(path)?;
        }
        for top in old
            .iter()
            .flat_map(|record| &record.stamps)
            .map(String::as_str)
            .chain(["/"])
        {
            self.prefix.discard_leftover(&stamp_path(top))?;
        }
        Ok(())
    }

    /// Locks the accounts. `None` where there can be no changes to them: without an `/etc`, or with a read-only one,
    /// nobody else is changing them either.
    fn lock_accounts(&self, old: Option<&Record>) -> Result<Option<AccountsLock>, Error> {
        let ours = old.is_some_and(|record| record.accounts != accounts::Ours::default());
        let wanted = ours || !self.step.users.is_empty() || !self.step.groups.is_empty();
        if !wanted || !self.prefix.leads_to_directory("/etc")? {
            return Ok(None);
        }
        match self.prefix.lock_accounts() {
            Err(error) if error.errno() == Some(Errno::ROFS) => Ok(None),
            lock => Ok(Some(lock?)),
        }
    }
}
