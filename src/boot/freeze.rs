//! Freezes and thaws a file system, which empties its journal: GRUB reads ext4 and XFS without replaying the journal.

use std::os::fd::{AsFd, OwnedFd};

use rustix::io::Errno;
use rustix::ioctl::{IntegerSetter, ioctl};
use rustix::pipe::PipeFlags;
use rustix::process::{Pid, WaitOptions, waitpid};

/// `FIFREEZE`, `_IOWR('X', 119, int)`.
const FREEZE: u32 = 0xC004_5877;
/// `FITHAW`, `_IOWR('X', 120, int)`.
const THAW: u32 = 0xC004_5878;

/// Freezes the file system of `directory` and thaws it at once. `false` where that is not possible: not root, or a file
/// system that cannot be frozen.
///
/// # Errors
/// Where the file system fails to write out what it has, or does not thaw.
pub fn freeze_and_thaw(directory: impl AsFd) -> Result<bool, Errno> {
    // A signal that ended this process in between would leave the whole machine waiting for its root file system.
    with_signals_blocked(|| {
        let guard = Guard::of(&directory);
        let result = match set::<FREEZE>(&directory) {
            // Somebody else's freeze, or that of a run that was killed together with its guard.
            Ok(()) | Err(Errno::BUSY) => thaw(&directory).map(|_| true),
            Err(errno) if is_impossible(errno) => Ok(false),
            Err(errno) => Err(errno),
        };
        if result.is_ok()
            && let Some(guard) = guard
        {
            guard.dismiss();
        }
        result
    })
}

/// Thaws the file system of `directory`. Returns whether it was frozen.
///
/// # Errors
/// Where it fails to thaw.
pub fn thaw(directory: impl AsFd) -> Result<bool, Errno> {
    match set::<THAW>(directory) {
        Ok(()) => Ok(true),
        Err(errno) if is_impossible(errno) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// NOTTY, OPNOTSUPP: no such file system; PERM: not root; ROFS: nothing to write out; INVAL: not frozen.
fn is_impossible(errno: Errno) -> bool {
    matches!(
        errno,
        Errno::PERM | Errno::ACCESS | Errno::NOTTY | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::ROFS
    )
}

/// A second process that thaws the file system if this process is killed while it is frozen: no signal mask stops SIGKILL.
struct Guard {
    process: Pid,
    /// The guard reads from the other end. A byte means that there is nothing to do; the end of the pipe means that this process
    /// is gone.
    pipe: OwnedFd,
}

impl Guard {
    /// `None` where no second process can be started. The freeze goes on without a guard, since it is short.
    #[expect(unsafe_code, reason = "no safe interface forks")]
    fn of(directory: impl AsFd) -> Option<Self> {
        let (reader, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC).ok()?;
        // SAFETY: the child, which has a copy of all that is borrowed here, makes system calls alone: it neither allocates
        // nor takes a lock that another thread may hold, and leaves by _exit(2).
        let process = unsafe { libc::fork() };
        match process {
            0 => {
                drop(writer);
                // In a session of its own: a signal to the whole group or session, from a terminal for one, does not reach it.
                let _ = rustix::process::setsid();
                let mut byte = [0];
                loop {
                    match rustix::io::read(&reader, &mut byte) {
                        Ok(0) => {
                            let _ = thaw(&directory);
                            break;
                        }
                        Err(Errno::INTR) => {}
                        _ => break,
                    }
                }
                // SAFETY: it ends this process, and runs nothing of what the parent registered for its end.
                unsafe { libc::_exit(0) }
            }
            -1 => None,
            process => Some(Self {
                process: Pid::from_raw(process)?,
                pipe: writer,
            }),
        }
    }

    /// Ends the process without a thaw.
    fn dismiss(self) {
        let _ = rustix::io::write(&self.pipe, b"x");
        drop(self.pipe);
        while matches!(waitpid(Some(self.process), WaitOptions::empty()), Err(Errno::INTR)) {}
    }
}

#[expect(unsafe_code, reason = "ioctl(2) is untyped")]
fn set<const REQUEST: u32>(directory: impl AsFd) -> Result<(), Errno> {
    // SAFETY: both requests take no argument, and touch no memory of this process (ioctl_fs.h; the number that is
    // passed is not looked at).
    unsafe { ioctl(directory, IntegerSetter::<REQUEST>::new_usize(0)) }
}

#[expect(unsafe_code, reason = "no safe interface blocks signals")]
fn with_signals_blocked<T>(work: impl FnOnce() -> T) -> T {
    use std::mem::MaybeUninit;
    use std::ptr::null_mut;

    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigfillset(3) initialises the set that it is given; pthread_sigmask(3) reads one set and fills in the other,
    // which is read back only if it succeeded. `work` unblocks nothing.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        let is_blocked = libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) == 0;
        let result = work();
        if is_blocked {
            libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), null_mut());
        }
        result
    }
}
