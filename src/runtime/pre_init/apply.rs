//! Carries out the decisions: every file is written under a temporary name first, then one sync, then all take their
//! places. Interrupted anywhere, the journal lets the next run finish.

use std::collections::BTreeMap;

use super::Error;
use super::account_files::{ACCOUNT_FILES, AccountFiles};
use super::record::{Entries, Entry};
use super::report::Report;
use super::survey::{Decision, Dropped, Survey};
use super::targets::Target;
use prefix::{Changed, Committed, Found, Granted, Prefix, Staged};

/// What is in place after the decisions were carried out.
#[derive(Debug, Default)]
pub struct Applied {
    /// Managed paths as they are now.
    pub entries: Entries,
    /// The wanted entries of paths whose owner or mode the kernel refused.
    pub pending: Entries,
    /// Paths of the plan that were there before us and were kept.
    pub foreign: Vec<String>,
}

/// A run that is being carried out.
pub struct Apply<'a> {
    /// Where.
    pub prefix: &'a Prefix,
    /// What the plan wants.
    pub targets: &'a BTreeMap<&'a str, Target<'a>>,
    /// What was decided.
    pub survey: Survey<'a>,
    /// What the last completed run wrote; it stays in the record for what is kept.
    pub recorded: Option<&'a Entries>,
    /// The wanted entries of paths whose owner or mode the kernel refused before.
    pub pending: &'a Entries,
    /// Those of `pending` that it still refuses.
    pub refused: &'a Entries,
    /// The users other than root whose runs are finished, by uid.
    pub theirs: &'a [u32],
}

impl<'a> Apply<'a> {
    /// Carries out everything.
    ///
    /// # Errors
    /// The first operation that fails; the rest is left for the next run.
    pub fn run(mut self, accounts: &AccountFiles, report: &mut Report) -> Result<Applied, Error> {
        self.clear(report)?;
        let made = self.make_directories()?;
        let mut staged = Vec::new();
        let mut databases = Entries::new();
        if let Err(error) = self.stage_all(accounts, &mut staged, &mut databases) {
            // The temporary files would fill the disk for nothing. The first error is the one to report.
            for file in staged {
                let _ = self.prefix.discard_leftover(&file.path);
            }
            return Err(error);
        }
        let mut refused = Vec::new();
        for staged in staged {
            let path = staged.path.clone();
            let granted = (staged.owner, staged.mode) == (Granted::Yes, Granted::Yes);
            if self.prefix.commit(staged)? == Committed::Busy {
                self.keep(&path, "something is mounted on it", report);
            } else if !granted {
                refused.push(path);
            }
        }
        refused.extend(self.set_attributes(&made, report)?);
        self.remove_dropped()?;
        self.prefix.sync()?;
        self.applied(&refused, &databases)
    }

    /// Takes away what is ours and has another type than the plan wants.
    fn clear(&mut self, report: &mut Report) -> Result<(), Error> {
        let others: Vec<&str> = self
            .survey
            .decisions
            .iter()
            .filter(|(_, d)| **d == Decision::ReplaceOther)
            .map(|(path, _)| *path)
            .collect();
        for path in others {
            if matches!(self.targets[path].entry, Entry::Directory { .. }) {
                self.prefix.remove_file(path)?;
                continue;
            }
            let beneath = format!("{path}/");
            for (dropped, what) in self.survey.dropped.range(beneath.clone()..).rev() {
                if dropped.starts_with(&beneath) {
                    drop_path(self.prefix, dropped, what)?;
                }
            }
            if !self.prefix.remove_directory_if_empty(path)? && self.prefix.inspect(path)?.is_some() {
                self.keep(path, "it is a directory with other files in it", report);
            }
        }
        Ok(())
    }

    /// Makes directories with their owner. For the time being, their owner has every permission on them: their contents
    /// come next. Returns them as they were made.
    fn make_directories(&self) -> Result<BTreeMap<&'a str, Found>, Error> {
        let mut all = BTreeMap::new();
        for (path, decision) in &self.survey.decisions {
            let Entry::Directory { mode, uid, gid } = self.targets[path].entry else {
                continue;
            };
            if !matches!(decision, Decision::Create | Decision::ReplaceOther) {
                continue;
            }
            if let Some(made) = self.prefix.create_directory(path, mode | 0o700, Some((uid, gid)))? {
                all.insert(*path, made);
            }
        }
        Ok(all)
    }

    fn stage_all(
        &self,
        accounts: &AccountFiles,
        staged: &mut Vec<Staged>,
        databases: &mut Entries,
    ) -> Result<(), Error> {
        for (path, decision) in &self.survey.decisions {
            if !matches!(decision, Decision::Create | Decision::Replace | Decision::ReplaceOther) {
                continue;
            }
            let target = &self.targets[path];
            match &target.entry {
                Entry::Directory { .. } => {}
                Entry::Symlink { target } => staged.push(self.prefix.stage_symlink(path, target)?),
                Entry::File { mode, uid, gid, .. } => {
                    let mut contents = target.contents.open(self.prefix)?;
                    staged.push(self.prefix.stage_file(path, &mut contents, *mode, (*uid, *gid))?);
                }
            }
        }
        for (file, entry) in accounts.stage(self.prefix, self.pending, self.refused, self.theirs)? {
            databases.insert(file.path.clone(), entry);
            staged.push(file);
        }
        self.prefix.sync()?;
        Ok(())
    }

    /// Sets the mode of directories, and the owner of those that were there before. The deepest come first: a mode may
    /// close a directory to us.
    fn set_attributes(&mut self, made: &BTreeMap<&'a str, Found>, report: &mut Report) -> Result<Vec<String>, Error> {
        let mut refused = Vec::new();
        let mut exchanged = Vec::new();
        for (path, decision) in self.survey.decisions.iter().rev() {
            let Entry::Directory { mode, uid, gid } = self.targets[path].entry else {
                continue;
            };
            let looked_at = match decision {
                Decision::Create | Decision::ReplaceOther => made.get(path),
                Decision::Attributes => self.survey.found.get(path),
                _ => continue,
            };
            let changed = match looked_at {
                Some(looked_at) => self.prefix.change_directory(path, looked_at, (uid, gid), mode)?,
                // Somebody else made it just now.
                None => Changed::Exchanged,
            };
            match changed {
                Changed::Set {
                    owner: Granted::Yes,
                    mode: Granted::Yes,
                } => {}
                Changed::Set { .. } => refused.push((*path).to_owned()),
                Changed::Exchanged => exchanged.push(*path),
            }
        }
        for path in exchanged {
            self.keep(path, "somebody else put it there meanwhile", report);
        }
        Ok(refused)
    }

    /// Takes away what earlier plans had, what lies in a directory before the directory itself.
    fn remove_dropped(&self) -> Result<(), Error> {
        for (path, what) in self.survey.dropped.iter().rev() {
            drop_path(self.prefix, path, what)?;
        }
        Ok(())
    }

    fn keep(&mut self, path: &str, reason: &'static str, report: &mut Report) {
        if let Some(decision) = self.survey.decisions.get_mut(path) {
            *decision = Decision::Keep(reason);
        }
        report.steps.retain(|step| step.subject != path);
        report.keep(format!("`{path}`"), reason);
    }

    fn applied(&self, refused: &[String], databases: &Entries) -> Result<Applied, Error> {
        let mut applied = Applied::default();
        let unchanged = |path: &String| match self.survey.decisions.get(path.as_str()) {
            Some(decision) => *decision == Decision::Nothing,
            None => ACCOUNT_FILES.contains(&path.as_str()) && !databases.contains_key(path),
        };
        applied.pending = self.refused.clone();
        applied.pending.retain(|path, _| unchanged(path));
        for (path, decision) in &self.survey.decisions {
            let path = (*path).to_owned();
            let recorded = self.recorded.and_then(|entries| entries.get(&path));
            let entry = match decision {
                Decision::Keep(_) => recorded,
                Decision::Nothing if applied.pending.contains_key(&path) => recorded,
                _ => Some(&self.targets[path.as_str()].entry),
            };
            match entry {
                Some(entry) => {
                    applied.entries.insert(path, entry.clone());
                }
                None => applied.foreign.push(path),
            }
        }
        // What a person changed or deleted stays theirs when a later plan has it again.
        for (path, dropped) in &self.survey.dropped {
            if let (Dropped::Keep(_), Some(entry)) = (dropped, self.recorded.and_then(|entries| entries.get(path))) {
                applied.entries.insert(path.clone(), entry.clone());
            }
        }
        for path in &self.survey.deleted {
            if let Some(entry) = self.recorded.and_then(|entries| entries.get(path)) {
                applied.entries.insert(path.clone(), entry.clone());
            }
        }
        for path in refused {
            let Some(target) = self.targets.get(path.as_str()) else {
                applied.pending.extend(
                    databases
                        .get_key_value(path)
                        .map(|(path, entry)| (path.clone(), entry.clone())),
                );
                continue;
            };
            if let Some(found) = self.prefix.inspect(path)?
                && let Some(disk) = Entry::on_disk(self.prefix, path, &found)?
            {
                applied.entries.insert(path.clone(), disk);
            }
            applied.pending.insert(path.clone(), target.entry.clone());
        }
        Ok(applied)
    }
}

fn drop_path(prefix: &Prefix, path: &str, what: &Dropped) -> Result<(), Error> {
    match what {
        Dropped::RemoveFile => {
            prefix.remove_file(path)?;
        }
        Dropped::RemoveDirectory => {
            prefix.remove_directory_if_empty(path)?;
        }
        Dropped::Keep(_) => {}
    }
    Ok(())
}
