//! `post-init`: puts the plan's init in this process's place.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use step::PostInit;
use tree::errno::io_text;

/// Why the plan's init was not executed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The script names no command. The build refuses such a plan.
    #[error("the script names no command")]
    NoCommand,
    /// The kernel did not execute it.
    #[error("cannot execute `{program}`: {}", io_text(source))]
    Exec {
        /// The program.
        program: String,
        /// The operating system's answer.
        source: io::Error,
    },
}

/// Executes the command with `words` added to it. The environment is that of this process, with the step's variables
/// merged into it.
///
/// # Errors
/// When the kernel refuses; otherwise this does not return.
pub fn main(step: &PostInit, words: &[OsString]) -> Result<Infallible, Error> {
    let (program, arguments) = step.command.split_first().ok_or(Error::NoCommand)?;
    let source = Command::new(program)
        .args(arguments)
        .args(words)
        .envs(&step.environment)
        .exec();
    Err(Error::Exec {
        program: program.clone(),
        source,
    })
}
