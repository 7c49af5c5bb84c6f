//! Whose hands something is in: who could have put it where it lies.
//!
//! Whoever may write to a directory can exchange what is in it, links and directories of root's own included. So what a
//! path leads to proves something only where everybody on the way is somebody who could do what we do.

use std::os::fd::AsFd;

use rustix::fs::Stat;
use rustix::io::Errno;
use rustix::process::{getegid, geteuid};

use super::error::Operation;
use super::resolve::{others_write, walk};
use super::{Error, Prefix};

/// Who could have put something where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hands {
    /// Nobody but root and whoever runs.
    Ours,
    /// This user, too, by uid; `None` where there are several of them.
    Others(Option<u32>),
}

impl Hands {
    /// Whether what is said by whom it may be says anything about what belongs to `uid`: everybody can speak for
    /// themselves, and we for all.
    pub fn speak_of(self, uid: u32) -> bool {
        match self {
            Self::Ours => true,
            Self::Others(other) => other == Some(uid),
        }
    }

    /// These and those.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Ours, hands) | (hands, Self::Ours) => hands,
            (one, another) if one == another => one,
            _ => Self::Others(None),
        }
    }
}

impl Prefix {
    /// Whose hands the entry at `path` is in: who owns, or may write to, the directories on the way to it. Who owns the
    /// prefix itself does not matter here: whoever may replace the whole tree has no need to.
    ///
    /// # Errors
    /// Where a directory is missing, or the kernel does not tell.
    pub fn hands(&self, path: &str) -> Result<Hands, Error> {
        let levels = self.stats_on_the_way(path)?;
        Ok(levels.iter().skip(1).map(of).fold(Hands::Ours, Hands::and))
    }

    /// Whether nobody but root and whoever runs could have put the entry at `path` there, the owner of the prefix
    /// included.
    ///
    /// # Errors
    /// As [`Prefix::hands`].
    pub fn is_out_of_reach(&self, path: &str) -> Result<bool, Error> {
        Ok(self.stats_on_the_way(path)?.iter().all(|stat| of(stat) == Hands::Ours))
    }

    fn stats_on_the_way(&self, path: &str) -> Result<Vec<Stat>, Error> {
        let (directory, _) = super::split(path).ok_or_else(|| Error::NotNormalised(path.to_owned()))?;
        let levels = walk(self.root.as_fd(), directory)
            .map_err(|(errno, _)| self.resolution_error(Operation::Inspect, path, errno))?;
        let stats: Result<Vec<Stat>, Errno> = levels
            .iter()
            .map(|level| rustix::fs::fstat(&level.descriptor))
            .collect();
        stats.map_err(|errno| self.error(Operation::Inspect, path, errno))
    }
}

/// Whose hands a file or directory is in, by its owner and mode.
pub(super) fn of(stat: &Stat) -> Hands {
    let own = [0, geteuid().as_raw()].contains(&stat.st_uid);
    if !own {
        Hands::Others(Some(stat.st_uid))
    } else if others_write(stat, &[0, getegid().as_raw()]) {
        Hands::Others(None)
    } else {
        Hands::Ours
    }
}
