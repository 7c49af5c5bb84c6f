//! Carries out a run, from the journal to the record.

use rustix::io::Errno;

use super::account_files::ACCOUNT_FILES;
use super::apply::Apply;
use super::instance::MACHINE_ID;
use super::outlook::Outlook;
use super::record::{Attempt, DIRECTORY, Entries, Entry, Journal, RECORD, Record, own_ids, stamp_path};
use super::{Error, Report, Run, Stages, hooks, instance, owners, profile};
use crate::accounts;
use prefix::AccountsLock;

impl Run<'_> {
    /// The whole way.
    pub(super) fn change(&self, adopting: bool) -> Result<Report, Error> {
        let old = Record::load(self.prefix)?;
        let mut journal = Journal::load(self.prefix)?.unwrap_or_else(|| Journal::new(adopting));
        self.discard_leftovers(old.as_ref(), &journal)?;
        // Whoever made it: it belongs to whoever keeps the record.
        let own = own_ids();
        self.prefix.set_owner(DIRECTORY, own.0, own.1)?;
        let lock = self.lock_accounts(old.as_ref())?;
        let Outlook {
            targets,
            survey,
            accounts,
            mut file_systems,
            mut report,
            mut created,
            refused,
        } = self.outlook(old.as_ref(), &journal)?;
        let none = Entries::new();
        let pending = old.as_ref().map_or(&none, |record| &record.pending);
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
        let runners: Vec<(u32, u32)> = journal
            .attempts
            .iter()
            .map(|attempt| (attempt.uid, attempt.gid))
            .collect();
        journal.begin(self.prefix, attempt)?;
        let earlier_created = old.iter().flat_map(|record| &record.created);
        created.extend(
            earlier_created
                .filter(|path| targets.contains_key(path.as_str()))
                .cloned(),
        );
        let apply = Apply {
            prefix: self.prefix,
            targets: &targets,
            survey,
            recorded: old.as_ref().map(|record| &record.entries),
            pending,
            refused,
            runners: &runners,
        };
        let applied = apply.run(&accounts, &mut report)?;
        drop(lock);
        let earlier = old.as_ref().and_then(|record| record.machine_id.as_deref());
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
        record.instance = self.stages == Stages::All || old.as_ref().is_some_and(|record| record.instance);
        record.machine_id = machine_id.or_else(|| old.as_ref().and_then(|record| record.machine_id.clone()));
        // The file systems as they are now: a directory that was made may be a mount point.
        file_systems.state("/")?;
        if !refused {
            owners::give(self.prefix, pending, &record.entries)?;
        }
        if own == (0, 0) {
            let left = owners::our_own(self.prefix, &record.entries, &runners)?;
            owners::give(self.prefix, &left, &record.entries)?;
        } else {
            record
                .pending
                .extend(owners::our_own(self.prefix, &record.entries, &[own])?);
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

    /// Takes away what interrupted runs left staged.
    fn discard_leftovers(&self, old: Option<&Record>, journal: &Journal) -> Result<(), Error> {
        if journal.attempts.is_empty() {
            return Ok(());
        }
        let entries = journal.attempts.iter().flat_map(|attempt| &attempt.entries);
        for (path, entry) in entries {
            if !matches!(entry, Entry::Directory { .. }) {
                self.prefix.discard_leftover(path)?;
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

    /// The lock on the accounts, where there can be accounts: without an `/etc`, or with a read-only one, nobody else is
    /// changing them either.
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
