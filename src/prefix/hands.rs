//! Whose hands something is in: which users could have put it where it lies.
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
pub enum Hands {
    /// Nobody but root and whoever runs.
    Ours,
    /// Another user could, too: this one, by uid; `None` where there are several.
    Others(Option<u32>),
}

impl Hands {
    /// Whether something in these hands may decide about what belongs to `uid`. Every user may decide about what is theirs; root
    /// and whoever runs may decide about everything.
    pub fn speak_of(self, uid: u32) -> bool {
        match self {
            Self::Ours => true,
            Self::Others(other) => other == Some(uid),
        }
    }

    /// The users of both: the hands of something that either could have put there.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Ours, hands) | (hands, Self::Ours) => hands,
            (one, another) if one == another => one,
            _ => Self::Others(None),
        }
    }
}

impl Prefix {
    /// Whose hands the entry at `path` is in: who owns, or may write to, the directories on the way to it. The
    /// owner of the prefix itself does not count here: they may replace the whole tree anyway.
    ///
    /// # Errors
    /// Where a directory is missing, or the kernel does not tell.
    pub fn hands(&self, path: &str) -> Result<Hands, Error> {
        let levels = self.stats_on_the_way(path)?;
        Ok(levels.iter().skip(1).map(of).fold(Hands::Ours, Hands::and))
    }

    /// Whether only root and whoever runs could have put the entry at `path` there. Unlike in [`Prefix::hands`], the owner of the
    /// prefix counts here.
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
