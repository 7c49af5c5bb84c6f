//! The file systems that managed paths lie on, and the stamps that say what each was initialised for.

use std::collections::{BTreeMap, BTreeSet};

use rustix::io::Errno;

use super::Error;
use super::record::{is_stamped, write_stamp};
use super::survey::State;
use prefix::Prefix;

/// What the stamps say, looked up once for each file system.
pub struct FileSystems<'a> {
    prefix: &'a Prefix,
    /// The plan that is to be in place.
    plan: &'a str,
    /// The plan of the record.
    recorded: Option<&'a str>,
    /// Whether there may be something to finish on any file system, as after an interruption: then none counts as
    /// complete.
    unfinished: bool,
    /// What was looked up so far, by `st_dev`.
    states: BTreeMap<u64, State>,
    tops: BTreeSet<String>,
}

impl<'a> FileSystems<'a> {
    /// Starts with no file system looked up.
    pub fn new(prefix: &'a Prefix, plan: &'a str, recorded: Option<&'a str>, unfinished: bool) -> Self {
        Self {
            prefix,
            plan,
            recorded,
            unfinished,
            states: BTreeMap::new(),
            tops: BTreeSet::new(),
        }
    }

    /// What the stamp says of the file system that `path` lies on.
    ///
    /// # Errors
    /// [`Error::Prefix`].
    pub fn state(&mut self, path: &str) -> Result<State, Error> {
        let device = self.prefix.device(path)?;
        if let Some(state) = self.states.get(&device) {
            return Ok(*state);
        }
        let top = self.prefix.file_system(path)?.top;
        // Where there is a stamp and no record, the record was lost: the stamp proves nothing about what is there.
        let may_be_complete = !self.unfinished && self.recorded == Some(self.plan);
        let state = if may_be_complete && is_stamped(self.prefix, &top, self.plan)? {
            State::Complete
        } else if let Some(recorded) = self.recorded
            && is_stamped(self.prefix, &top, recorded)?
        {
            State::Recorded
        } else {
            State::New
        };
        self.states.insert(device, state);
        self.tops.insert(top);
        Ok(state)
    }

    /// The top directories of the file systems that were looked up.
    pub fn tops(&self) -> impl Iterator<Item = &str> {
        self.tops.iter().map(String::as_str)
    }

    /// Stamps every file system that was looked up. Returns the top directories of those that have their stamp.
    ///
    /// # Errors
    /// [`Error::Prefix`].
    pub fn stamp(self) -> Result<Vec<String>, Error> {
        let mut stamped = Vec::new();
        for top in &self.tops {
            match write_stamp(self.prefix, top, self.plan) {
                // It is read-only. Nothing on it had to be changed, or the run would have failed before.
                Err(Error::Prefix(error)) if error.errno() == Some(Errno::ROFS) => {}
                result => {
                    result?;
                    stamped.push(top.clone());
                }
            }
        }
        Ok(stamped)
    }
}
