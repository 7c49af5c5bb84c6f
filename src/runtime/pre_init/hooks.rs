//! The plan's own commands.

use std::io::stderr;
use std::process::{Command, Stdio};

use super::Error;
use super::report::Report;
use prefix::Prefix;
use step::PREFIX_VARIABLE;
use tree::errno::io_text;

/// Runs `hooks` in order, each with the prefix in [`PREFIX_VARIABLE`]. What they print goes to standard error: standard
/// output is the report's.
///
/// # Errors
/// The first hook that cannot be run or fails.
pub fn run(prefix: &Prefix, hooks: &[Vec<String>], report: &mut Report) -> Result<(), Error> {
    for command in hooks {
        report.step("run", "hook", command.join(" "));
        if report.dry_run {
            continue;
        }
        let Some((program, arguments)) = command.split_first() else {
            continue;
        };
        let path = prefix
            .path()
            .canonicalize()
            .unwrap_or_else(|_| prefix.path().to_owned());
        let status = Command::new(program)
            .args(arguments)
            .env(PREFIX_VARIABLE, path)
            .stdin(Stdio::null())
            .stdout(stderr())
            .status()
            .map_err(|error| Error::Hook {
                command: program.clone(),
                message: io_text(&error),
            })?;
        if !status.success() {
            return Err(Error::Hook {
                command: program.clone(),
                message: status.to_string(),
            });
        }
    }
    Ok(())
}
