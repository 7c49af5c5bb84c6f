//! Files beneath a prefix: what is done there, and that nothing outside it ever changes.

mod basic;
mod kernel;
mod links;
mod locks;
mod look;
mod model;

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use prefix::{Committed, Error, Prefix};

/// Both ways to resolve a path: as the kernel does it where it can, and component by component.
const RESOLVERS: [bool; 2] = [false, true];

fn open(path: &Path, fallback: bool) -> Prefix {
    let prefix = Prefix::open(path).expect("open");
    if fallback {
        prefix.force_fallback();
    }
    prefix
}

fn own_ids() -> (u32, u32) {
    (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw())
}

fn is_root() -> bool {
    own_ids().0 == 0
}

fn write(prefix: &Prefix, path: &str, contents: &str) -> Result<Committed, Error> {
    let staged = prefix.stage_file(path, &mut Cursor::new(contents), 0o644, own_ids())?;
    prefix.commit(staged)
}

/// Whether `program` can be run here. The test that needs it says loudly that it did not run.
fn have(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        skipped!("`{program}` is missing");
    }
    found
}

/// A command that runs the test `name` of this very program, and only that, behind `wrapper`; the test finds `role` in
/// its environment.
fn rerun(wrapper: &[&str], name: &str, role: &str) -> Command {
    let mut words: Vec<String> = wrapper.iter().map(ToString::to_string).collect();
    words.push(
        std::env::current_exe()
            .expect("own path")
            .to_string_lossy()
            .into_owned(),
    );
    words.extend(["--exact", &format!("prefix::{name}"), "--nocapture"].map(str::to_owned));
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env("PREFIX_TEST_ROLE", role);
    command
}

/// Whether [`rerun`] gave this process the role `role`.
fn has_role(role: &str) -> bool {
    std::env::var("PREFIX_TEST_ROLE").is_ok_and(|value| value == role)
}
