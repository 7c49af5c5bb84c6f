//! `pre-init`: initialises a prefix, or brings it from one plan to another.
//!
//! The order of a run: look at everything and decide ([`survey`]), begin the journal ([`record`]), carry out ([`apply`]),
//! the instance stage ([`instance`]), the hooks, the stamps ([`file_systems`]), the record, and away with the journal. What
//! can be refused is refused before the journal is begun.

mod account_files;
mod apply;
mod file_systems;
mod hooks;
mod instance;
mod owners;
mod profile;
pub mod record;
mod report;
mod survey;
mod targets;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::plan::step::PreInit;
use crate::prefix::{self, AccountsLock, Prefix};
use crate::run::accounts;
use crate::run::digest;
use account_files::AccountFiles;
use apply::Apply;
use file_systems::FileSystems;
use record::{Attempt, DIRECTORY, Entry, Journal, Record};
pub use report::{Outcome, Report};
use survey::{Before, Decision, Dropped, State, Survey};
use targets::{Owners, targets};

/// The options of `pre-init`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The directory that is, or will be, the root of the system.
    pub prefix: PathBuf,
    /// Whether a root that somebody else set up is taken over.
    pub adopt: bool,
    /// Where the owners manifest goes.
    pub owners: Option<PathBuf>,
    /// Whether to say what would be done and do nothing.
    pub dry_run: bool,
    /// Whether to report as JSON.
    pub json: bool,
}

/// Which of the two stages to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stages {
    /// What is the same on every machine: all that goes into an image.
    Tree,
    /// That, and what differs on every machine.
    All,
}

/// Why a prefix was not initialised. What was begun is finished by the next run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An operation beneath the prefix.
    #[error(transparent)]
    Prefix(#[from] prefix::Error),
    /// The accounts cannot be merged.
    #[error(transparent)]
    Accounts(#[from] accounts::Error),
    /// Somebody else's root.
    #[error(
        "`{path}` was set up by something else (it has an /etc/passwd and no record of ours): give --adopt to take it over, keeping every file"
    )]
    Foreign {
        /// The prefix.
        path: PathBuf,
    },
    /// Something that is never replaced.
    #[error("cannot make `{path}`: a {what} is in the way")]
    InTheWay {
        /// Where.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// An owner that neither the plan nor the prefix has.
    #[error("cannot make `{path}`: {kind} `{name}` does not exist")]
    NoOwner {
        /// A path beneath the prefix.
        path: String,
        /// `user` or `group`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A store path that holds a file's contents.
    #[error("cannot read `{path}`: {error}")]
    Source {
        /// The store path.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// A file that shall hold a hashed password.
    #[error("`{path}` holds no hashed password")]
    PasswordFile {
        /// The file.
        path: PathBuf,
    },
    /// Record or journal.
    #[error("cannot use `{path}`: {message}")]
    Record {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The owners manifest.
    #[error(transparent)]
    Manifest(#[from] prefix::owners::Error),
    /// A hook that failed.
    #[error("hook `{command}`: {message}")]
    Hook {
        /// The command.
        command: String,
        /// The errno's text or the exit status.
        message: String,
    },
    /// No random bytes.
    #[error("cannot get random bytes: {0}")]
    Random(std::io::Error),
}

/// The identity of a step: that of the JSON in its script. Any other output path is another system, hence another plan.
fn identity(step: &PreInit) -> String {
    digest::hex(&serde_json::to_vec(step).unwrap_or_default())
}

/// Whether `prefix` holds a system that an earlier run completed: one that can be started even if this run fails.
pub fn was_initialised(prefix: &Path) -> bool {
    Prefix::open(prefix)
        .ok()
        .and_then(|prefix| Record::load(&prefix).ok().flatten())
        .is_some()
}

/// Brings the prefix of `options` to the state that `step` describes.
///
/// # Errors
/// [`Error`]. Before the journal is begun, nothing was changed; after that, the next run finishes.
pub fn run(step: &PreInit, options: &Options, stages: Stages) -> Result<Report, Error> {
    let prefix = Prefix::open(&options.prefix)?;
    let plan = identity(step);
    let run = Run {
        prefix: &prefix,
        step,
        plan: &plan,
        options,
        stages,
    };
    if let Some(record) = run.up_to_date()?
        && (record.instance || stages == Stages::Tree)
    {
        return run.unchanged(record);
    }
    let adopting = run.whose()?;
    if options.dry_run {
        return run.dry(adopting);
    }
    for path in ["/var", "/var/lib", DIRECTORY] {
        if !prefix.leads_to_directory(path)? {
            prefix.make_directory(path, 0o755)?;
        }
    }
    let _lock = prefix.lock(DIRECTORY)?;
    // Another run may have been at work while this one waited.
    if let Some(record) = run.up_to_date()? {
        return run.unchanged(record);
    }
    run.change(adopting)
}

struct Run<'a> {
    prefix: &'a Prefix,
    step: &'a PreInit,
    plan: &'a str,
    options: &'a Options,
    stages: Stages,
}

impl Run<'_> {
    /// The record, if it says that everything is in place: the way of every boot but the first.
    fn up_to_date(&self) -> Result<Option<Record>, Error> {
        let Some(record) = Record::load(self.prefix)? else {
            return Ok(None);
        };
        let in_place = record.plan == self.plan
            && !Journal::exists(self.prefix)?
            && record.stamped(self.prefix)?
            && (record.pending.is_empty() || owners::still_refused(self.prefix, self.options, &record.pending)?);
        Ok(in_place.then_some(record))
    }

    /// Everything is in place, but perhaps for the instance stage: an image has only the tree.
    fn unchanged(&self, mut record: Record) -> Result<Report, Error> {
        let mut report = self.report(Outcome::Unchanged);
        if !record.instance && self.stages == Stages::All {
            report.outcome = Outcome::Initialised;
            let made = instance::machine_id(self.prefix, &self.step.machine_id, self.stages, None, &mut report)?;
            if !report.dry_run {
                record.machine_id = made;
                record.instance = true;
                match record.save(self.prefix) {
                    // A read-only image: the instance stage is done again at every boot.
                    Err(Error::Prefix(error)) if error.errno() == Some(Errno::ROFS) => {}
                    other => other?,
                }
            }
        }
        owners::finish(self.options, &record.pending, &mut report)?;
        Ok(report)
    }

    /// Refuses a root that somebody else set up. Gives whether one is being adopted. `passwd` is looked for before the
    /// journal and the journal before the record, the other way round than another run writes them.
    fn whose(&self) -> Result<bool, Error> {
        let foreign = self.prefix.inspect("/etc/passwd")?.is_some();
        if Journal::exists(self.prefix)? || self.prefix.inspect(&record::stamp_path("/"))?.is_some() {
            return Ok(false);
        }
        if !foreign || Record::load(self.prefix)?.is_some() {
            return Ok(false);
        }
        if !self.options.adopt {
            return Err(Error::Foreign {
                path: self.prefix.path().to_owned(),
            });
        }
        Ok(true)
    }

    fn report(&self, outcome: Outcome) -> Report {
        Report::new(
            &self.step.name,
            &self.options.prefix.to_string_lossy(),
            outcome,
            self.options.dry_run,
        )
    }

    fn dry(&self, adopting: bool) -> Result<Report, Error> {
        let record = Record::load(self.prefix)?;
        let journal = Journal::load(self.prefix)?.unwrap_or_else(|| Journal::new(adopting));
        self.survey(record.as_ref(), &journal, |survey| {
            let mut report = survey.report;
            let earlier = record.as_ref().and_then(|record| record.machine_id.as_deref());
            instance::machine_id(self.prefix, &self.step.machine_id, self.stages, earlier, &mut report)?;
            profile::link(self.prefix, &self.step.system, &mut report)?;
            hooks::run(self.prefix, &self.step.hooks, &mut report)?;
            Ok(report)
        })
    }

    /// The whole way.
    fn change(&self, adopting: bool) -> Result<Report, Error> {
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
        let interrupted = journal.clone();
        self.survey(old.as_ref(), &interrupted, |surveyed| {
            let Surveyed {
                targets,
                survey,
                accounts,
                mut file_systems,
                mut report,
                mut created,
                refused,
            } = surveyed;
            let none = record::Entries::new();
            let mut entries = record::Entries::new();
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
            let machine_id =
                instance::machine_id(self.prefix, &self.step.machine_id, self.stages, earlier, &mut report)?;
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
        })
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

    /// Looks at everything, and hands what was decided to `then`.
    fn survey<T>(
        &self,
        record: Option<&Record>,
        journal: &Journal,
        then: impl FnOnce(Surveyed<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let interrupted = !journal.attempts.is_empty();
        let recorded_plan = record.map(|record| record.plan.as_str());
        let mut file_systems = FileSystems::new(self.prefix, self.plan, recorded_plan, interrupted);
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
        let refused = match record {
            Some(record) => owners::still_refused(self.prefix, self.options, &record.pending)?,
            None => false,
        };
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
        let before = Before {
            recorded: record.map(|record| &record.entries),
            attempts: journal.attempts.iter().map(|attempt| &attempt.entries).collect(),
            created,
            begun,
            adopting: journal.adopting,
            refused: record.map(|record| &record.pending).filter(|_| refused),
        };
        let survey = survey::survey(self.prefix, &targets, &before, &mut |path| file_systems.state(path))?;
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
        describe(&survey, &targets, &accounts, &mut report);
        then(Surveyed {
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

/// What a survey found.
struct Surveyed<'a> {
    targets: std::collections::BTreeMap<&'a str, targets::Target<'a>>,
    survey: Survey<'a>,
    accounts: AccountFiles,
    file_systems: FileSystems<'a>,
    report: Report,
    /// Directories that are not there yet.
    created: BTreeSet<String>,
    /// Whether the kernel still refuses the owners that it refused before.
    refused: bool,
}

/// The decisions as steps, the same with and without `--dry-run`.
fn describe(
    survey: &Survey<'_>,
    targets: &std::collections::BTreeMap<&str, targets::Target<'_>>,
    accounts: &AccountFiles,
    report: &mut Report,
) {
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
            Dropped::Keep => report.keep(
                format!("`{path}`"),
                "not in the plan any more, but it was changed by hand",
            ),
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
}
