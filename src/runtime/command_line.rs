//! The command line of the steps: of a script, whose first line names the step, and of `system-installer STEP SCRIPT`.
//!
//! The kernel starts a script's interpreter with the rest of the first line, then the script's path, then the words of
//! whoever called it. Status 0: done, or nothing to do; 1: failed; 2: wrong usage.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lexopt::prelude::*;
use step::Init;
use tree::VERSION;
use tree::errno::io_text;
use tree::printable::printable_lines;

use crate::pre_init::Stages;
use crate::{init, post_init, pre_boot, pre_init, script, usage};

/// How a call fails.
enum Failure {
    /// Something could not be done.
    Failed(String),
    /// The call itself is wrong.
    Usage(String),
}

impl Failure {
    fn failed(error: impl Display) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

/// Runs the step that the first of `words` names, and says on standard error what went wrong.
pub fn main(words: Vec<OsString>) -> ExitCode {
    let (status, message) = match run(words) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Failed(message)) => (1, message),
        Err(Failure::Usage(message)) => (2, format!("{message} (try `--help`)")),
    };
    // With a broken standard error there is nobody left to tell.
    let _ = writeln!(io::stderr(), "error: {}", printable_lines(&message));
    ExitCode::from(status)
}

fn run(words: Vec<OsString>) -> Result<(), Failure> {
    let mut words = words.into_iter();
    let step = words
        .next()
        .ok_or_else(|| Failure::Usage("no step is named".to_owned()))?;
    let usage = match step.to_str() {
        Some("--help" | "-h") => return print(usage::PROGRAM),
        Some("--version" | "-V") => return print_version(),
        Some("pre-init") => usage::PRE_INIT,
        Some("post-init") => usage::POST_INIT,
        Some("init") => usage::INIT,
        Some("pre-boot") => usage::PRE_BOOT,
        _ => return Err(Failure::Usage(format!("`{}` is not a step", step.display()))),
    };
    // A script takes these words for its own. Here there is none before them, so they are for us.
    match words.as_slice().first().and_then(|word| word.to_str()) {
        Some("--help" | "-h") => return print(usage),
        Some("--version" | "-V") => return print_version(),
        _ => {}
    }
    let script = || Failure::Usage(format!("no script is named for `{}`", step.display()));
    let mut script = || words.next().map(PathBuf::from).ok_or_else(script);
    match step.to_str() {
        Some("pre-init") => run_pre_init(&script()?, words.collect()),
        Some("post-init") => run_post_init(&script()?, &words.collect::<Vec<_>>()),
        Some("init") => run_init(&script()?, &words.collect::<Vec<_>>()),
        _ => run_pre_boot(&script()?, words.collect()),
    }
}

fn run_pre_init(script: &Path, words: Vec<OsString>) -> Result<(), Failure> {
    let mut options = at_root();
    let mut parser = lexopt::Parser::from_args(words);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("prefix") => options.prefix = directory(&mut parser)?,
            Long("adopt") => options.adopt = true,
            Long("owners") => options.owners = Some(parser.value()?.into()),
            Long("dry-run") => options.dry_run = true,
            Long("json") => options.json = true,
            Short('h') | Long("help") => return print(usage::PRE_INIT),
            Short('V') | Long("version") => return print_version(),
            _ => return Err(argument.unexpected().into()),
        }
    }
    let step = script::load(script).map_err(Failure::failed)?;
    let report = pre_init::run(&step, &options, Stages::All).map_err(Failure::failed)?;
    if options.json {
        let json = serde_json::to_string_pretty(&report).map_err(Failure::failed)?;
        return write(&format!("{json}\n"));
    }
    print(&report.to_string())
}

/// The options that `pre-init` has if a call gives none.
fn at_root() -> pre_init::Options {
    pre_init::Options {
        prefix: PathBuf::from("/"),
        adopt: false,
        owners: None,
        dry_run: false,
        json: false,
    }
}

fn run_post_init(script: &Path, words: &[OsString]) -> Result<(), Failure> {
    if let Some(printed) = for_the_person_who_calls(words, usage::POST_INIT) {
        return printed;
    }
    let step = script::load(script).map_err(Failure::failed)?;
    match post_init::main(&step, words) {
        Err(error) => Err(Failure::failed(error)),
    }
}

fn run_init(script: &Path, words: &[OsString]) -> Result<(), Failure> {
    if let Some(printed) = for_the_person_who_calls(words, usage::INIT) {
        return printed;
    }
    let step: Init = script::load(script).map_err(Failure::failed)?;
    if !init::is_process_1() && words.first().is_some_and(|word| word == "--dry-run") {
        let report = init::dry_run(&step).map_err(Failure::failed)?;
        return print(&report.to_string());
    }
    match init::main(&step, words) {
        Err(error) => Err(Failure::failed(error)),
    }
}

/// Answers `--help` and `--version`, unless this is PID 1: there all words come from the kernel's command line or a
/// container's, and are for the real init.
fn for_the_person_who_calls(words: &[OsString], usage: &str) -> Option<Result<(), Failure>> {
    if init::is_process_1() {
        return None;
    }
    match words.first()?.to_str()? {
        "--help" => Some(print(usage)),
        "--version" => Some(print_version()),
        _ => None,
    }
}

/// The options of `pre-boot`; `None` where help or version was asked for.
fn boot_options(words: Vec<OsString>) -> Result<Option<pre_boot::Options>, Failure> {
    let mut options = pre_boot::Options::default();
    let mut parser = lexopt::Parser::from_args(words);
    while let Some(argument) = parser.next()? {
        match argument {
            Value(system) if options.system.is_none() => options.system = Some(system.into()),
            Long("prefix") => options.prefix = Some(directory(&mut parser)?),
            Long("force") => options.force = true,
            Long("override-grub-device") => options.grub_devices.push(path(&mut parser, "device")?),
            Long("override-efi-sys-mount-point") if options.efi_sys_mount_point.is_none() => {
                options.efi_sys_mount_point = Some(directory(&mut parser)?);
            }
            Long("profile") if options.profile.is_none() => {
                options.profile = Some(text(&mut parser, "profile")?);
            }
            Long(option @ ("override-efi-sys-mount-point" | "profile")) => {
                return Err(Failure::Usage(format!("`--{option}` is given twice")));
            }
            Long("dry-run") => options.dry_run = true,
            Long("json") => options.json = true,
            Short('h') | Long("help") => return print(usage::PRE_BOOT).map(|()| None),
            Short('V') | Long("version") => return print_version().map(|()| None),
            argument => return Err(argument.unexpected().into()),
        }
    }
    Ok(Some(options))
}

fn run_pre_boot(script: &Path, words: Vec<OsString>) -> Result<(), Failure> {
    let Some(options) = boot_options(words)? else {
        return Ok(());
    };
    let step = script::load(script).map_err(Failure::failed)?;
    let report = pre_boot::run(&step, &options).map_err(|error| match error {
        pre_boot::Error::Usage(usage) => Failure::Usage(usage.to_string()),
        error => Failure::failed(error),
    })?;
    if options.json {
        let json = serde_json::to_string_pretty(&report).map_err(Failure::failed)?;
        return write(&format!("{json}\n"));
    }
    print(&report.to_string())
}

/// The value of an option that names a directory; an empty one is a variable that somebody forgot to set.
fn directory(parser: &mut lexopt::Parser) -> Result<PathBuf, Failure> {
    path(parser, "directory")
}

fn path(parser: &mut lexopt::Parser, what: &str) -> Result<PathBuf, Failure> {
    let value = parser.value()?;
    if value.is_empty() {
        return Err(Failure::Usage(format!("the name of the {what} is empty")));
    }
    Ok(value.into())
}

fn text(parser: &mut lexopt::Parser, what: &str) -> Result<String, Failure> {
    let path = path(parser, what)?.into_os_string();
    path.into_string()
        .map_err(|path| Failure::Usage(format!("the name of the {what} is not UTF-8: `{}`", path.display())))
}

fn print_version() -> Result<(), Failure> {
    print(&format!("system-installer-runtime {VERSION}\n"))
}

/// Prints lines for people. They may repeat a plan or somebody's files, so control characters are escaped: a terminal
/// must not obey them.
fn print(text: &str) -> Result<(), Failure> {
    write(&printable_lines(text))
}

fn write(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|source| Failure::Failed(format!("writing to the standard output: {}", io_text(&source))))
}
