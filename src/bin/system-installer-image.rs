//! The builder of the derivations `.image` and `.tarball`: takes what it needs from the derivation's attributes. By `install`, a
//! command line of its own, a person makes the same image of a system that is in the store. No system's closure holds it.
//! Status 0: done; 1: failed; 2: wrong usage.

#[path = "system-installer-image/install.rs"]
mod install;

use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use lexopt::prelude::*;
use nix_system_installer::VERSION;
use nix_system_installer::image::log::Log;
use nix_system_installer::image::request::Request;
use nix_system_installer::image::{build, namespace, tarball};
use rustix::fs::Mode;

const USAGE: &str = "\
Makes disk images and tarballs of systems, as the builder of the derivations `.image` and `.tarball`.

usage: system-installer-image image
       system-installer-image tarball
       system-installer-image install SYSTEM --image=FILE [OPTION]...
       system-installer-image --help | --version
";

/// For this program itself: whether the kernel lets it have namespaces is tried out in another process, since one that
/// has them by half is of no more use.
const TRY_NAMESPACES: &str = "try-namespaces";

/// How a call ends other than well.
enum Failure {
    Failed(String),
    Usage(String),
    /// Another process has said why.
    Said,
}

impl Failure {
    fn failed(error: impl Display) -> Self {
        Self::Failed(error.to_string())
    }
}

fn main() -> ExitCode {
    let (status, message) = match run(env::args_os().skip(1).collect()) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Said) => return ExitCode::from(1),
        Err(Failure::Failed(message)) => (1, message),
        Err(Failure::Usage(message)) => (2, format!("{message} (try `--help`)")),
    };
    let _ = writeln!(io::stderr(), "error: {message}");
    ExitCode::from(status)
}

fn run(words: Vec<OsString>) -> Result<(), Failure> {
    if words.first().is_some_and(|word| word == "install") {
        return install::run(words.into_iter().skip(1).collect());
    }
    let mut parser = lexopt::Parser::from_args(words);
    let mut command = None;
    while let Some(argument) = parser.next().map_err(|error| Failure::Usage(error.to_string()))? {
        match argument {
            Short('h') | Long("help") => return print(USAGE),
            Short('V') | Long("version") => return print(&format!("system-installer-image {VERSION}\n")),
            Value(word) if command.is_none() => command = Some(word),
            _ => return Err(Failure::Usage(argument.unexpected().to_string())),
        }
    }
    let command = command.ok_or_else(|| Failure::Usage("no command is named".to_owned()))?;
    match command.to_str() {
        Some("image") => build_image(),
        Some("tarball") => build_tarball(),
        Some(TRY_NAMESPACES) => match namespace::enter() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::Failed("the kernel refuses a user namespace".to_owned())),
            Err(error) => Err(Failure::failed(error)),
        },
        _ => Err(Failure::Usage(format!("`{}` is not a command", command.display()))),
    }
}

fn build_image() -> Result<(), Failure> {
    let (request, work, may_mount, mut log) = prepare()?;
    build::build(&request, &work, may_mount, &mut log).map_err(Failure::failed)
}

fn build_tarball() -> Result<(), Failure> {
    let (request, work, _, mut log) = prepare()?;
    tarball::build(&request, &work, &mut log).map_err(Failure::failed)
}

/// What every build begins with: its request, a folder for what is not kept, whether mounts are seen by it alone, and its log. From here on, this process is root
/// where it can be.
fn prepare() -> Result<(Request, PathBuf, bool, Log), Failure> {
    // The modes are the tree's own.
    rustix::process::umask(Mode::from_raw_mode(0o022));
    let request = Request::of_this_build().map_err(Failure::failed)?;
    let work = env::current_dir().map_err(Failure::failed)?.join("system-installer");
    std::fs::create_dir(&work)
        .map_err(|error| Failure::Failed(format!("making the directory `{}`: {error}", work.display())))?;
    let may_mount = if can_have_namespaces() {
        namespace::enter().map_err(|error| Failure::Failed(format!("making a user namespace: {error}")))?
    } else {
        namespace::enter_mounts()
    };
    Ok((request, work, may_mount, Log::of_this_process()))
}

fn can_have_namespaces() -> bool {
    let tried = env::current_exe().and_then(|program| {
        Command::new(program)
            .arg(TRY_NAMESPACES)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
    });
    tried.is_ok_and(|status| status.success())
}

fn print(text: &str) -> Result<(), Failure> {
    io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| Failure::Failed(format!("writing to the standard output: {error}")))
}
