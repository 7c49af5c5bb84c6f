//! The program `system-installer`.

use std::process::ExitCode;

fn main() -> ExitCode {
    host::command_line::main()
}
