//! `pre-init`: initialises a prefix, or brings it from one plan to another.
//!
//! The order of a run: look at everything and decide (`outlook`), begin the journal ([`record`]), carry out (`apply`),
//! the instance stage (`instance`), the hooks, the stamps (`file_systems`), the record, and away with the journal. What
//! can be refused is refused before the journal is begun.

mod account_files;
mod apply;
mod change;
mod error;
mod file_systems;
mod hooks;
mod instance;
mod known;
mod losses;
mod outlook;
mod owners;
mod profile;
pub mod record;
mod registration;
mod report;
mod survey;
mod targets;

use std::path::{Path, PathBuf};

use rustix::io::Errno;

pub use error::Error;
use prefix::Prefix;
use record::{DIRECTORIES, DIRECTORY, Journal, Record};
pub use report::{Outcome, Report};
use step::PreInit;
use tree::digest;

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

/// The identity of a step: the digest of the JSON in its script. Another output path is another system, and so another
/// plan.
fn identity(step: &PreInit) -> String {
    digest::hex(&serde_json::to_vec(step).unwrap_or_default())
}

/// Whether `prefix` holds a system that an earlier run completed: one that can be started even if this run fails.
pub fn was_initialised(prefix: &Path) -> bool {
    // A record that is damaged or of another version of the runtime counts, too: it was written when everything was in
    // place.
    Prefix::open(prefix)
        .and_then(|prefix| Record::exists(&prefix))
        .unwrap_or(false)
}

/// Brings the prefix of `options` to the state that `step` describes.
///
/// # Errors
/// [`Error`]. Before the journal is begun, nothing was changed; after that, the next run finishes.
pub fn run(step: &PreInit, options: &Options, stages: Stages) -> Result<Report, Error> {
    let prefix = Prefix::open(&options.prefix)?;
    owners::check(options)?;
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
        && run.registration()?.is_none()
    {
        return run.unchanged(record);
    }
    let adopting = run.whose()?;
    if options.dry_run {
        return run.dry(adopting);
    }
    for path in DIRECTORIES {
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
    /// The record, if it says that everything is in place. On most starts of a machine, the run ends with this.
    fn up_to_date(&self) -> Result<Option<Record>, Error> {
        let Some(record) = self.own_record()? else {
            return Ok(None);
        };
        let in_place = record.plan == self.plan
            && !Journal::exists(self.prefix)?
            && record.stamped(self.prefix)?
            && owners::still_refused(self.prefix, &record.pending).len() == record.pending.len()
            // A read-only root cannot be repaired: what was lost there is no reason for a run.
            && (losses::is_whole(self.prefix, &record)? || self.prefix.is_read_only());
        Ok(in_place.then_some(record))
    }

    /// The run where everything is in place. Only the instance stage may be missing, as an image has only the tree.
    fn unchanged(&self, mut record: Record) -> Result<Report, Error> {
        let mut report = self.report(Outcome::Unchanged);
        if self.registration()?.is_some() {
            report.outcome = Outcome::Initialised;
            self.load_registration(&mut report)?;
        }
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

    /// Refuses a root that somebody else set up, unless it is to be adopted. Returns whether it is adopted. It looks
    /// for `passwd` first, then for the journal, then for the record. A run that is at work meanwhile begins its journal
    /// before it writes `passwd`, and writes its record before it deletes the journal. So its root is never refused.
    fn whose(&self) -> Result<bool, Error> {
        let Some(passwd) = self.prefix.inspect("/etc/passwd")? else {
            return Ok(false);
        };
        if self.was_set_up(passwd.uid)? {
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
        let known = self.known(adopting)?;
        let mut report = self.outlook(&known)?.report;
        let earlier = known.record.as_ref().and_then(|record| record.machine_id.as_deref());
        instance::machine_id(self.prefix, &self.step.machine_id, self.stages, earlier, &mut report)?;
        profile::link(self.prefix, &self.step.system, &mut report)?;
        self.load_registration(&mut report)?;
        hooks::run(self.prefix, &self.step.hooks, &mut report)?;
        Ok(report)
    }
}
