//! The users who could have put a file or directory where it lies.
//!
//! Whoever may write to a directory can exchange its entries, even links and directories that belong to root. So what lies at
//! a path can be trusted only if nobody could have put it there who could not do the same as we anyway.

use std::os::fd::AsFd;

use rustix::fs::Stat;
use rustix::io::Errno;
use rustix::process::{getegid, geteuid};

use super::error::Operation;
use super::resolve::{others_write, walk};
use super::{Error, Prefix};

/// Who could have put something where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writers {
    /// Nobody but root and whoever runs.
    Ours,
    /// Another user could, too: this one, by uid; `None` where there are several.
    Others(Option<u32>),
}

impl Writers {
    /// Whether what these users could have written is to be trusted about what belongs to `uid`. Every user is trusted about what
    /// is theirs, root and whoever runs about everything.
    pub fn can_vouch_for(self, uid: u32) -> bool {
        match self {
            Self::Ours => true,
            Self::Others(other) => other == Some(uid),
        }
    }

    /// The users of both: the writers of something that either could have put there.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Ours, writers) | (writers, Self::Ours) => writers,
            (one, another) if one == another => one,
            _ => Self::Others(None),
        }
    }
}

impl Prefix {
    /// Who could have put the entry at `path` there: who owns, or may write to, the directories on the way to it. The
    /// owner of the prefix itself does not count here: they may replace the whole tree anyway.
    ///
    /// # Errors
    /// Where a directory is missing, or the kernel does not tell.
    pub fn writers(&self, path: &str) -> Result<Writers, Error> {
        let levels = self.stats_on_the_way(path)?;
        Ok(levels.iter().skip(1).map(of).fold(Writers::Ours, Writers::and))
    }

    /// Whether only root and whoever runs could have put the entry at `path` there. Unlike in [`Prefix::writers`], the owner of the
    /// prefix counts here.
    ///
    /// # Errors
    /// As [`Prefix::writers`].
    pub fn is_out_of_reach(&self, path: &str) -> Result<bool, Error> {
        Ok(self
            .stats_on_the_way(path)?
            .iter()
            .all(|stat| of(stat) == Writers::Ours))
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

/// Who could have changed a file or directory, by its owner and mode.
pub(super) fn of(stat: &Stat) -> Writers {
    let own = [0, geteuid().as_raw()].contains(&stat.st_uid);
    if !own {
        Writers::Others(Some(stat.st_uid))
    } else if others_write(stat, &[0, getegid().as_raw()]) {
        Writers::Others(None)
    } else {
        Writers::Ours
    }
}
