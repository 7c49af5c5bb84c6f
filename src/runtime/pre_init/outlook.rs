//! Looks at everything before anything is changed: accounts, targets, the decisions, and the steps that result for the
//! report.

use std::collections::{BTreeMap, BTreeSet};

use super::account_files::AccountFiles;
use super::file_systems::FileSystems;
use super::known::Known;
use super::losses::{self, parent};
use super::record::{Entries, Entry};
use super::survey::{Before, Decision, Dropped, State, Survey, survey};
use super::targets::{Owners, Target, targets};
use super::{Error, Outcome, Report, Run, owners};
use crate::accounts;

/// What there is to do.
pub(super) struct Outlook<'a> {
    pub(super) targets: BTreeMap<&'a str, Target<'a>>,
    pub(super) survey: Survey<'a>,
    pub(super) accounts: AccountFiles,
    pub(super) file_systems: FileSystems<'a>,
    pub(super) report: Report,
    /// Directories that are not there yet.
    pub(super) created: BTreeSet<String>,
    /// The wanted entries of paths whose owner or mode the kernel refused before, and still refuses.
    pub(super) refused: Entries,
}

impl Run<'_> {
    /// Looks at everything and decides.
    pub(super) fn outlook<'a>(&'a self, known: &'a Known) -> Result<Outlook<'a>, Error> {
        let (record, journal) = (known.record.as_ref(), &known.journal);
        let none = Entries::new();
        let pending = record.map_or(&none, |record| &record.pending);
        let refused = owners::still_refused(self.prefix, pending);
        // If the kernel now grants an owner that it refused, or something was lost, no file system counts as complete.
        let is_whole = match record {
            Some(record) => losses::is_whole(self.prefix, record)?,
            None => true,
        };
        let unfinished = refused.len() < pending.len() || !is_whole || !journal.attempts.is_empty();
        let recorded_plan = record.filter(|_| known.is_ours).map(|record| record.plan.as_str());
        let mut file_systems = FileSystems::new(self.prefix, self.plan, recorded_plan, unfinished);
        let attempts: Vec<accounts::Ours> = journal
            .attempts
            .iter()
            .map(|attempt| attempt.accounts.clone())
            .collect();
        let before_accounts = accounts::Before {
            record: record.map(|record| &record.accounts),
            attempts: &attempts,
            same_files: file_systems.state("/etc/passwd")? != State::New,
        };
        let accounts = AccountFiles::merge(self.prefix, self.step, before_accounts)?;
        let owners = Owners(&accounts.merged);
        let targets = targets(self.step, self.prefix, &owners)?;
        let mut begun: BTreeSet<&str> = BTreeSet::new();
        begun.extend(
            journal
                .attempts
                .iter()
                .flat_map(|attempt| &attempt.created)
                .map(String::as_str),
        );
        let mut created = begun.clone();
        created.extend(
            record
                .into_iter()
                .flat_map(|record| &record.created)
                .map(String::as_str),
        );
        let mut foreign: BTreeSet<&str> = BTreeSet::new();
        foreign.extend(
            record
                .into_iter()
                .flat_map(|record| &record.foreign)
                .map(String::as_str),
        );
        let before = Before {
            recorded: record.map(|record| &record.entries),
            attempts: journal.attempts.iter().map(|attempt| &attempt.entries).collect(),
            created,
            begun,
            adopting: journal.adopting,
            refused: refused.clone(),
            foreign,
            runners: journal
                .attempts
                .iter()
                .map(|attempt| (attempt.uid, attempt.gid))
                .collect(),
            keepers: known.keepers.clone(),
            is_lost: known.is_lost,
        };
        let survey = survey(self.prefix, &targets, &before, &mut |path| file_systems.state(path))?;
        let mut created: BTreeSet<String> = BTreeSet::new();
        for (path, decision) in &survey.decisions {
            let is_new = matches!(decision, Decision::Create | Decision::ReplaceOther)
                && matches!(targets[path].entry, Entry::Directory { .. });
            if is_new || before.begun.contains(path) {
                created.insert((*path).to_owned());
            }
        }
        let outcome = if record.is_some_and(|record| record.plan != self.plan) {
            Outcome::Changed
        } else {
            Outcome::Initialised
        };
        let mut report = self.report(outcome);
        report.warnings.extend(known.warnings(self.prefix));
        let others = accounts.other_roots(self.prefix, self.step, &known.theirs())?;
        report.warnings.extend(others);
        describe(&survey, &targets, &accounts, &mut report);
        Ok(Outlook {
            targets,
            survey,
            accounts,
            file_systems,
            report,
            created,
            refused,
        })
    }
}

/// The decisions as steps, the same with and without `--dry-run`.
fn describe(survey: &Survey<'_>, targets: &BTreeMap<&str, Target<'_>>, accounts: &AccountFiles, report: &mut Report) {
    for path in survey.lost.iter().filter(|path| !survey.lost.contains(parent(path))) {
        let beneath = format!("{path}/");
        let is_made =
            |(made, decision): (&&str, &Decision)| *decision == Decision::Create && made.starts_with(&beneath);
        if survey.decisions.iter().any(is_made) {
            report
                .warnings
                .push(format!("what was in `{path}` was lost: it is made again"));
        }
    }
    for (path, decision) in &survey.decisions {
        let what = match targets[path].entry {
            Entry::Directory { .. } => "directory",
            Entry::File { .. } => "file",
            Entry::Symlink { .. } => "link",
        };
        match decision {
            Decision::Nothing => {}
            Decision::Create => report.step("create", what, *path),
            Decision::Replace | Decision::ReplaceOther => report.step("update", what, *path),
            Decision::Attributes => report.step("attributes", what, *path),
            Decision::Keep(reason) => report.keep(format!("`{path}`"), *reason),
        }
    }
    for (path, dropped) in survey.dropped.iter().rev() {
        match dropped {
            Dropped::RemoveFile => report.step("remove", "file", path.as_str()),
            Dropped::RemoveDirectory => report.step("remove", "directory", path.as_str()),
            Dropped::Keep(reason) => report.keep(format!("`{path}`"), *reason),
        }
    }
    for path in &accounts.linked {
        report.keep(format!("`{path}`"), "it is a link");
    }
    for (action, subject) in &accounts.merged.steps {
        report.step(action, "account", subject.as_str());
    }
    for note in &accounts.merged.notes {
        report.keep(note.subject.as_str(), note.message.as_str());
    }
    report.warnings.extend(accounts.merged.warnings.iter().cloned());
}
