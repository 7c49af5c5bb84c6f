//! The evaluation side does no I/O: the evaluator runs it, where nothing may be read but what the plan names, and nothing may
//! depend on the machine.

use super::source::{files, named};

/// The rooms that the plugin is made of.
const ROOMS: [&str; 3] = ["tree", "step", "plan"];

/// What of the standard library reaches out of the process.
const OUTSIDE: [&str; 6] = ["fs", "process", "env", "net", "os", "thread"];

/// Crates and macros that do so.
const CRATES: [&str; 3] = ["rustix", "libc", "tempfile"];
const MACROS: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

#[test]
fn the_evaluation_side_does_no_io() {
    let mut found = Vec::new();
    for room in ROOMS {
        for file in files(room) {
            let place = format!("src/{room}/{}", file.path.display());
            for path in named(&file.tokens) {
                let mut segments = path.segments.iter().map(String::as_str);
                let first = segments.next().unwrap_or_default();
                let second = segments.next().unwrap_or_default();
                if CRATES.contains(&first) || (first == "std" && (OUTSIDE.contains(&second) || second == "*")) {
                    found.push(format!("{place}: {}", path.segments.join("::")));
                }
            }
            for pair in file.tokens.windows(2) {
                if pair[1] == "!" && MACROS.contains(&pair[0].as_str()) {
                    found.push(format!("{place}: {}!", pair[0]));
                }
            }
        }
    }
    assert!(found.is_empty(), "I/O on the evaluation side:\n{}", found.join("\n"));
}
