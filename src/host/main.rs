//! The host tool, for people and for images. No system's closure holds it.

use std::process::ExitCode;

fn main() -> ExitCode {
    host::command_line::main()
}
