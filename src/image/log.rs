//! The log of a build. Under Nix it says the phase of the build in lines of Nix's structured log, which `nix build` shows beside
//! the derivation's name. Elsewhere it is plain lines.
//!
//! Source: `handleJSONLogMessage` in Nix's `logging.cc`. A builder may set its phase and send messages. The only activity that it
//! may begin is the transfer of a file, which is drawn as a download: so progress goes into the name of the phase.

use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// The time between two lines of progress: faster than that, nobody can read them.
const INTERVAL: Duration = Duration::from_millis(200);
const MEBIBYTE: u64 = 1 << 20;

/// The log of a build.
#[derive(Debug)]
pub struct Log {
    is_structured: bool,
    phase: String,
    last: Option<Instant>,
}

impl Log {
    /// The log of this process: structured, where Nix runs it as a builder.
    pub fn of_this_process() -> Self {
        Self {
            is_structured: env::var_os("NIX_LOG_FD").is_some(),
            phase: String::new(),
            last: None,
        }
    }

    /// A phase begins: `ext4 root`.
    pub fn phase(&mut self, phase: &str) {
        phase.clone_into(&mut self.phase);
        self.last = None;
        if self.is_structured {
            say(&structured(phase));
        } else {
            say(phase);
        }
    }

    /// Says how much of the phase is done: `12,345 of 20,000 files`. A few times a second at most, however often it is called.
    pub fn progress(&mut self, done: u64, total: u64, unit: &str) {
        let is_due = self.last.is_none_or(|last| last.elapsed() >= INTERVAL);
        if !self.is_structured || !is_due && done < total {
            return;
        }
        self.last = Some(Instant::now());
        let (phase, done, total) = (&self.phase, thousands(done), thousands(total));
        say(&structured(&format!("{phase}: {done} of {total} {unit}")));
    }

    /// Does `work`, and meanwhile says how many of `total` bytes have been written to the sparse file at `path`.
    pub fn watch<T>(&mut self, path: &Path, total: u64, work: impl FnOnce() -> T) -> T {
        let before = written(path);
        let (done, end) = channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                let total = total.div_ceil(MEBIBYTE);
                while end.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    let now = written(path).saturating_sub(before) / MEBIBYTE;
                    self.progress(now.min(total), total, "MiB");
                }
            });
            let result = work();
            drop(done);
            result
        })
    }

    /// A line of the log that stays.
    pub fn line(&self, line: &str) {
        say(line);
    }
}

/// The bytes that a sparse file takes.
fn written(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.blocks() * 512)
}

/// The line of the structured log that sets the phase.
fn structured(phase: &str) -> String {
    format!("@nix {}", serde_json::json!({ "action": "setPhase", "phase": phase }))
}

/// A build whose log nobody takes goes on.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// `1,234,567`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_is_a_line_that_nix_understands() {
        assert_eq!(
            structured(r#"a "phase""#),
            r#"@nix {"action":"setPhase","phase":"a \"phase\""}"#
        );
    }

    #[test]
    fn numbers_are_easy_to_read() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
    }
}
