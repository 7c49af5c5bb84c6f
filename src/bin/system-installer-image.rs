//! The builder of the derivations `.image` and `.tarball`: takes what it needs from the derivation's attributes. By `install` a
//! person makes the same image of a system that is in the store. No system's closure holds it. Status 0: done; 1: failed; 2: wrong usage.

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
use nix_system_installer::image::{build, install, namespace, tarball};
use rustix::fs::Mode;

const USAGE: &str = "\
Makes disk images and tarballs of systems, as the builder of the derivations `.image` and `.tarball`.

usage: system-installer-image image
       system-installer-image tarball
       system-installer-image install SYSTEM --image=FILE [OPTION]...
       system-installer-image --help | --version
";

const INSTALL_USAGE: &str = "\
Makes the image of the disk of a system that is in this machine's store.

usage: install SYSTEM --image=FILE [OPTION]...

  SYSTEM              a store path, a link to it (`result`), or its `init`
  --image=FILE        the new file
  --format=FORMAT     raw or qcow2 (default: raw)
  --size=SIZE         the size of the disk, as 20G (default: as large as it has to be)
  --free-space=SIZE   how much room the last partition has left over (default: 512M)
  --json              print what lies where
  --help              print this text
  --version           print the version

mkfs.ext4 and mkfs.erofs, where the plan has such file systems, are those on the PATH.
";

/// For this program itself: whether the kernel lets it have namespaces is tried out in another process, since one that
/// has them by half is of no more use.
const TRY_NAMESPACES: &str = "try-namespaces";

/// How a call ends other than well.
enum Failure {
    Failed(String),
    Usage(String),
}

impl Failure {
    fn failed(error: impl Display) -> Self {
        Self::Failed(error.to_string())
    }
}

fn main() -> ExitCode {
    let (status, message) = match run(env::args_os().skip(1).collect()) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Failed(message)) => (1, message),
        Err(Failure::Usage(message)) => (2, format!("{message} (try `--help`)")),
    };
    let _ = writeln!(io::stderr(), "error: {message}");
    ExitCode::from(status)
}

fn run(words: Vec<OsString>) -> Result<(), Failure> {
    if words.first().is_some_and(|word| word == "install") {
        return run_install(words.into_iter().skip(1).collect());
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

fn run_install(words: Vec<OsString>) -> Result<(), Failure> {
    let usage = |error: lexopt::Error| Failure::Usage(error.to_string());
    let mut parser = lexopt::Parser::from_args(words);
    let mut options = install::Options::default();
    let mut json = false;
    while let Some(argument) = parser.next().map_err(usage)? {
        let setting = match argument {
            Short('h') | Long("help") => return print(INSTALL_USAGE),
            Short('V') | Long("version") => return print(&format!("system-installer-image {VERSION}\n")),
            Long("json") => {
                json = true;
                continue;
            }
            Value(word) if options.system.as_os_str().is_empty() => {
                options.system = word.into();
                continue;
            }
            Long("image") => {
                options.image = parser.value().map_err(usage)?.into();
                continue;
            }
            Long("format") => "format",
            Long("size") => "size",
            Long("free-space") => "freeSpace",
            _ => return Err(usage(argument.unexpected())),
        };
        let value = parser.value().and_then(lexopt::ValueExt::string).map_err(usage)?;
        options.settings.push((setting, value));
    }
    for (given, what) in [
        (&options.system, "no system is named"),
        (&options.image, "no --image=FILE is given"),
    ] {
        if given.as_os_str().is_empty() {
            return Err(Failure::Usage(format!("{what} for `install`")));
        }
    }
    let builder = env::current_exe().map_err(Failure::failed)?;
    let description = install::run(&options, &builder).map_err(Failure::failed)?;
    if json { print(&description) } else { Ok(()) }
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
