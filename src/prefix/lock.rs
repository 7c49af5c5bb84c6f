//! Locks: our own, which lets only one run at a time work on a prefix, and the lock of the account files.

use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::change::{set_mode, set_owner};
use super::error::Operation;
use super::{Error, Prefix};

/// How long lckpwdf(3) waits.
const ACCOUNTS_PATIENCE: Duration = Duration::from_secs(15);

/// What lckpwdf(3) locks.
const ACCOUNTS_LOCK: &str = "/etc/.pwd.lock";

/// A lock on a directory, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _descriptor: OwnedFd,
}

/// The lock on passwd, group, shadow and gshadow, held until it is dropped. It belongs to the process: it is also lost
/// when the process closes any other descriptor of the lock file, so nobody reads that file meanwhile.
#[derive(Debug)]
pub struct AccountsLock {
    _descriptor: OwnedFd,
}

impl Prefix {
    /// Waits for the lock (flock(2)) on the directory at `path`.
    ///
    /// # Errors
    /// Where there is no directory, or its file system does not support flock(2).
    pub fn lock(&self, path: &str) -> Result<Lock, Error> {
        self.lock_within(path, None)
    }

    /// As [`Prefix::lock`], but says on standard error that it waits, and waits no longer than `patience`: whoever may read
    /// a directory can hold the lock on it for ever.
    ///
    /// # Errors
    /// As [`Prefix::lock`], or where another program still holds the lock.
    pub fn lock_within(&self, path: &str, patience: Option<Duration>) -> Result<Lock, Error> {
        let (parent, name) = self.parent(Operation::Lock, path)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fail = |errno| self.error(Operation::Lock, path, errno);
        let descriptor = rustix::fs::openat(&parent, name, flags, Mode::empty()).map_err(fail)?;
        if flock_within(&descriptor, &self.display(path), patience).map_err(fail)? {
            return Ok(Lock {
                _descriptor: descriptor,
            });
        }
        Err(Error::LockHeld {
            path: self.display(path),
            seconds: patience.unwrap_or_default().as_secs(),
        })
    }

    /// Waits up to 15 seconds for the lock on the account files, as lckpwdf(3) does: `/etc/.pwd.lock`, which is made with
    /// mode 0600 where it is missing, under a write lock of fcntl(2). useradd, passwd and systemd-sysusers take the same.
    ///
    /// # Errors
    /// Where the file cannot be made or locked, or another program still holds the lock.
    pub fn lock_accounts(&self) -> Result<AccountsLock, Error> {
        self.lock_accounts_within(ACCOUNTS_PATIENCE)
    }

    /// As [`Prefix::lock_accounts`], but waits no longer than `patience`.
    ///
    /// # Errors
    /// As [`Prefix::lock_accounts`].
    pub fn lock_accounts_within(&self, patience: Duration) -> Result<AccountsLock, Error> {
        let (parent, name) = self.parent(Operation::Lock, ACCOUNTS_LOCK)?;
        let fail = |errno| self.error(Operation::Lock, ACCOUNTS_LOCK, errno);
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let descriptor = rustix::fs::openat(&parent, name, flags, Mode::RUSR | Mode::WUSR).map_err(fail)?;
        // The file may belong to another user, after a run without root. They could hold the lock for ever.
        if geteuid().is_root() && rustix::fs::fstat(&descriptor).map_err(fail)?.st_uid != 0 {
            set_mode(&descriptor, 0o600).map_err(fail)?;
            set_owner(&descriptor, 0, 0).map_err(fail)?;
        }
        let start = Instant::now();
        loop {
            match rustix::fs::fcntl_lock(&descriptor, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {
                    return Ok(AccountsLock {
                        _descriptor: descriptor,
                    });
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN | Errno::ACCESS) if start.elapsed() < patience => {
                    sleep(Duration::from_millis(50));
                }
                Err(Errno::AGAIN | Errno::ACCESS) => {
                    let path = self.display(ACCOUNTS_LOCK);
                    return Err(Error::LockHeld {
                        path,
                        seconds: patience.as_secs(),
                    });
                }
                Err(errno) => return Err(fail(errno)),
            }
        }
    }
}

/// Waits for the lock (flock(2)) on what is open at `descriptor`; `false` if another program still holds it after
/// `patience`. With a limit, `path` is named on standard error as soon as there is something to wait for.
///
/// # Errors
/// Where the file system knows no such lock.
pub fn flock_within(descriptor: impl AsFd, path: &Path, patience: Option<Duration>) -> Result<bool, Errno> {
    let start = Instant::now();
    let mut is_told = false;
    loop {
        let operation = match patience {
            Some(_) => FlockOperation::NonBlockingLockExclusive,
            None => FlockOperation::LockExclusive,
        };
        match rustix::fs::flock(&descriptor, operation) {
            Ok(()) => return Ok(true),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) if patience.is_some_and(|patience| start.elapsed() < patience) => {
                if !std::mem::replace(&mut is_told, true) {
                    // With a broken standard error there is nobody left to tell.
                    let _ = writeln!(
                        io::stderr(),
                        "waiting for the lock on `{}`, which another program holds",
                        path.display()
                    );
                }
                sleep(Duration::from_millis(50));
            }
            Err(Errno::AGAIN) => return Ok(false),
            Err(errno) => return Err(errno),
        }
    }
}
