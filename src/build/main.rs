//! The program that Nix calls to build an installer's derivation. Its input is the derivation's environment. Its status
//! is 0 when the output was built, 1 when it was not, and 2 for wrong usage.

use std::process::ExitCode;

use tree::VERSION;
use tree::printable::printable_lines;

const USAGE: &str = "\
Builds the output of a derivation of `mkSystemInstaller`: its scripts, and what its machine boots from.

usage: system-installer-build
       system-installer-build --help | --version

It is a derivation's builder: the plan is in the file $planPath, the runtime's store path in $runtime, the output's in $out.
";

fn main() -> ExitCode {
    let word = std::env::args_os().nth(1);
    match word.as_ref().map(|word| word.to_string_lossy()).as_deref() {
        None => {}
        Some("--help" | "-h") => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Some("--version" | "-V") => {
            println!("system-installer-build {VERSION}");
            return ExitCode::SUCCESS;
        }
        Some(word) => {
            let message = format!("unexpected argument `{word}` (try `--help`)");
            eprintln!("error: {}", printable_lines(&message));
            return ExitCode::from(2);
        }
    }
    match build::main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", printable_lines(&error.to_string()));
            ExitCode::from(1)
        }
    }
}
