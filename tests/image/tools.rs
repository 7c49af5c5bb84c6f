//! What the tests of images share.

use std::ffi::OsStr;
use std::process::Command;

use image::identity::Identity;

/// What the UUIDs of every test come from.
pub fn identity() -> Identity {
    Identity::new("0c5b2x5q9dqn7cpy0c5b2x5q9dqn7cpy")
}

/// Runs a tool that has to succeed, and gives what it printed to either of its outputs.
pub fn run(program: &str, arguments: &[&dyn AsRef<OsStr>]) -> String {
    let (ok, text) = try_run(program, arguments);
    assert!(ok, "{program}: {text}");
    text
}

/// Runs a tool: whether it succeeded, and what it printed.
pub fn try_run(program: &str, arguments: &[&dyn AsRef<OsStr>]) -> (bool, String) {
    let output = Command::new(program)
        .args(arguments.iter().map(AsRef::as_ref))
        .env("LC_ALL", "C.UTF-8")
        // Where Debian keeps the tools for disks.
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .output()
        .unwrap_or_else(|error| panic!("cannot run {program}: {error}"));
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}
