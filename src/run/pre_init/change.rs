//! Carries out a run, from the journal to the record.

use rustix::io::Errno;

use super::apply::Apply;
use super::outlook::Outlook;
use super::record::{Attempt, Entries, Entry, Journal, Record};
use super::{Error, Report, Run, Stages, hooks, instance, owners, profile};
use crate::prefix::AccountsLock;
use crate::run::accounts;

impl Run<'_> {
    /// The whole way.
    pub(super) fn change(&self, adopting: bool) -> Result<Report, Error> {
        let old = Record::load(self.prefix)?;
        let mut journal = Journal::load(self.prefix)?.unwrap_or_else(|| Journal::new(adopting));
        for attempt in &journal.attempts {
            for (path, entry) in &attempt.entries {
                if !matches!(entry, Entry::Directory { .. }) {
                    self.prefix.discard_leftover(path)?;
                }
            }
        }
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
        };
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
            pending: old.as_ref().map_or(&none, |record| &record.pending),
            refused,
        };
        let applied = apply.run(&accounts, &mut report)?;
        drop(lock);
        let earlier = old.as_ref().and_then(|record| record.machine_id.as_deref());
        let machine_id = instance::machine_id(self.prefix, &self.step.machine_id, self.stages, earlier, &mut report)?;
        profile::link(self.prefix, &self.step.system, &mut report)?;
        hooks::run(self.prefix, &self.step.hooks, &mut report)?;

        let mut record = Record::new(self.plan, &self.step.system);
        record.entries = applied.entries;
        record.created = created.into_iter().collect();
        record.accounts = accounts.merged.ours;
        record.pending = applied.pending;
        record.instance = self.stages == Stages::All || old.as_ref().is_some_and(|record| record.instance);
        record.machine_id = machine_id.or_else(|| old.as_ref().and_then(|record| record.machine_id.clone()));
        owners::finish(self.options, &record.pending, &mut report)?;
        // The file systems as they are now: a directory that was made may be a mount point.
        file_systems.state("/")?;
        record.stamps = file_systems.stamp()?;
        record.save(self.prefix)?;
        Journal::end(self.prefix)?;
        self.prefix.sync()?;
        Ok(report)
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
