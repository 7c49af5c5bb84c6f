//! The command line of `system-installer-image install`, to which `system-installer install --image` hands its own on.

use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::Path;

use lexopt::prelude::*;
use nix_system_installer::VERSION;
use nix_system_installer::image::install::{self, Error, Options};

use super::{Failure, print};

const USAGE: &str = "\
Makes the image of the disk of a system that is in this machine's store.

usage: install SYSTEM --image=FILE [OPTION]...

  SYSTEM              a store path, a link to it (`result`), or its `init`
  --image=FILE        a new file, or one with nothing but zeros in it, as large as the disk shall be
  --force             replace a FILE with data in it
  --format=FORMAT     raw or qcow2 (default: by the ending of FILE, else raw)
  --size=SIZE         the size of the disk, as 20G (default: as large as it has to be)
  --free-space=SIZE   how much room the last partition has left over (default: 512M)
  --json              print what lies where
  --help              print this text
  --version           print the version

mkfs.ext4 and mkfs.erofs, where the plan has such file systems, are those on the PATH.
";

/// Runs it.
pub(super) fn run(words: Vec<OsString>) -> Result<(), Failure> {
    let mut parser = lexopt::Parser::from_args(words);
    let mut options = Options::default();
    let (mut json, mut format) = (false, None);
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Short('h') | Long("help") => return print(USAGE),
            Short('V') | Long("version") => return print(&format!("system-installer-image {VERSION}\n")),
            Long("json") => json = true,
            Long("force") => options.force = true,
            Value(word) if options.system.as_os_str().is_empty() => options.system = word.into(),
            Long("image") => options.image = parser.value().map_err(usage)?.into(),
            Long("format") => format = Some(text(&mut parser)?),
            Long("size") => options.size = Some(text(&mut parser)?),
            Long("free-space") => options.settings.push(("freeSpace", text(&mut parser)?)),
            argument => return Err(usage(argument.unexpected())),
        }
    }
    for (given, what) in [
        (&options.system, "no system is named"),
        (&options.image, "no --image=FILE is given"),
    ] {
        if given.as_os_str().is_empty() {
            return Err(Failure::Usage(format!("{what} for `install`")));
        }
    }
    let format = format.unwrap_or_else(|| by_ending(&options.image).to_owned());
    options.settings.push(("format", format));
    let builder = env::current_exe().map_err(Failure::failed)?;
    let description = install::run(&options, &builder).map_err(|error| match error {
        // Then the builder has.
        Error::NotMade(status) if status.code() == Some(1) => Failure::Said,
        error => Failure::failed(error),
    })?;
    if json { print(&description) } else { Ok(()) }
}

fn text(parser: &mut lexopt::Parser) -> Result<String, Failure> {
    let value = parser.value().and_then(lexopt::ValueExt::string);
    value.map_err(usage)
}

fn usage(error: impl Display) -> Failure {
    Failure::Usage(error.to_string())
}

/// The format that a file's name promises.
fn by_ending(file: &Path) -> &'static str {
    match file.extension() {
        Some(ending) if ending.eq_ignore_ascii_case("qcow2") => "qcow2",
        _ => "raw",
    }
}
