//! Tests that this machine cannot run. Each says so, and in a file that `tests/run` counts.

use std::fs::OpenOptions;
use std::io::Write as _;

/// Says that the rest of this test is not run, and why.
macro_rules! skipped {
    ($($reason:tt)+) => {
        $crate::skipped::note(&format!($($reason)+))
    };
}

/// Notes the reason on standard error and in the file that `SYSTEM_INSTALLER_SKIPPED` names.
pub fn note(reason: &str) {
    eprintln!("SKIPPED: {reason}");
    let Some(path) = std::env::var_os("SYSTEM_INSTALLER_SKIPPED") else {
        return;
    };
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| writeln!(file, "{test}: {reason}"))
        .expect("the list of what was skipped");
}
