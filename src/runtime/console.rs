//! How process 1 prints messages: to the standard file descriptors, which lead to the console, and to the kernel's log.

use std::io::Write as _;
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout, stderr, stdin, stdout};

use tree::printable::printable_lines;

/// The device number of `/dev/null` (Linux's Documentation/admin-guide/devices.txt).
const NULL_DEVICE: (u32, u32) = (1, 3);

/// Opens `/dev/console` as standard input, output and error where none of the three leads anywhere. That is so where
/// the kernel found no console before `/dev` was mounted: Rust's start-up code then put `/dev/null` in their place.
/// Where at least one of them leads somewhere, whoever started us chose them, and only closed ones are
/// opened. If there is no console, `/dev/null` is opened.
pub fn attach() {
    let states = [state(stdin()), state(stdout()), state(stderr())];
    let nowhere = states.iter().all(|state| *state != State::Open);
    let needed = |state: State| state == State::Closed || (nowhere && state == State::Null);
    if !states.into_iter().any(needed) {
        return;
    }
    let console = open("/dev/console", OFlags::RDWR);
    let Some(device) = console.or_else(|_| open("/dev/null", OFlags::RDWR)).ok() else {
        return;
    };
    // Neither can fail for a reason that something could be done about here.
    if needed(states[0]) {
        let _ = dup2_stdin(&device);
    }
    if needed(states[1]) {
        let _ = dup2_stdout(&device);
    }
    if needed(states[2]) {
        let _ = dup2_stderr(&device);
    }
}

/// Prints `message` to standard error, the console of process 1. Errors are ignored: a message that nobody can read is
/// no reason to stop.
pub fn say(message: &str) {
    let _ = writeln!(std::io::stderr(), "system-installer: {}", printable_lines(message));
}

/// Writes `message` to the kernel's log as an error (kmsg(4): level 3), if there is a log that we may write to.
pub fn log(message: &str) {
    // A container may have a FIFO there that nobody reads.
    if let Ok(device) = open("/dev/kmsg", OFlags::WRONLY | OFlags::NONBLOCK)
        && rustix::fs::fstat(&device)
            .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice)
    {
        let _ = rustix::io::write(&device, format!("<3>system-installer: {message}\n").as_bytes());
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Null,
    Open,
}

fn state(descriptor: BorrowedFd<'_>) -> State {
    match rustix::fs::fstat(descriptor) {
        Err(_) => State::Closed,
        Ok(stat) => {
            let device = (rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev));
            let is_device = FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice;
            if is_device && device == NULL_DEVICE {
                State::Null
            } else {
                State::Open
            }
        }
    }
}

/// Opens a device, which must not become our controlling terminal: that is the real init's choice.
fn open(path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    rustix::fs::open(path, flags | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())
}
