//! Runs the programs of others that make file systems.

use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

/// Why a program failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be run.
    #[error("cannot run `{}`: {error}", program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It failed.
    #[error("`{}` failed ({status}): {output}", program.display())]
    Failed {
        /// The program.
        program: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// What it said, on one line.
        output: String,
    },
}

/// Runs `command` to its end, with `variables` as its environment. It gets nothing of the builder's own: neither its settings nor
/// its language, by which programs sort names.
///
/// # Errors
/// See [`Error`].
pub(super) fn run(command: &mut Command, variables: &[(&str, &str)]) -> Result<(), Error> {
    let program = PathBuf::from(command.get_program());
    let output = command
        .env_clear()
        .env("LC_ALL", "C")
        .envs(variables.iter().copied())
        .output();
    let output = match output {
        Ok(output) if output.status.success() => return Ok(()),
        Ok(output) => output,
        Err(error) => return Err(Error::Run { program, error }),
    };
    let text = String::from_utf8_lossy(&[output.stderr, output.stdout].concat()).into_owned();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Err(Error::Failed {
        program,
        status: output.status,
        output: lines.join("; "),
    })
}
