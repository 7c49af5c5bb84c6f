//! The runtime: the interpreter of a system's scripts, and all that a system's closure holds of this project.

use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::command_line::main(std::env::args_os().skip(1).collect())
}
