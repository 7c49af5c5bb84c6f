//! Freezes and thaws a file system, which empties its journal: GRUB reads ext4 and XFS without replaying theirs.

use std::os::fd::AsFd;

use rustix::io::Errno;
use rustix::ioctl::{IntegerSetter, ioctl};

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
        match set::<FREEZE>(&directory) {
            // What a run that was killed all the same has left frozen is thawed by this one.
            Ok(()) | Err(Errno::BUSY) => set::<THAW>(&directory).map(|()| true),
            // NOTTY, OPNOTSUPP: no such file system; PERM: not root; ROFS: nothing to write out.
            Err(
                Errno::PERM
                | Errno::ACCESS
                | Errno::NOTTY
                | Errno::OPNOTSUPP
                | Errno::NOSYS
                | Errno::INVAL
                | Errno::ROFS,
            ) => Ok(false),
            Err(errno) => Err(errno),
        }
    })
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
