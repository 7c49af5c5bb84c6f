//! Every file of the project's own code says first what it is for.

use std::fs;
use std::path::{Path, PathBuf};

use crate::programs::root;

/// What is no code of the project: what git does not keep, and inputs of tests, whose names say what they are.
const LEFT_OUT: [&str; 9] = [
    ".git",
    "target",
    "fuzz/artifacts",
    "fuzz/corpus",
    "tests/disko",
    "tests/golden",
    "tests/lang",
    "tests/mistakes",
    "tests/nixpkgs/valid",
];

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        let below = path.strip_prefix(root()).unwrap();
        if LEFT_OUT.iter().any(|left_out| below == Path::new(left_out)) {
            continue;
        }
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            collect(&path, found);
        } else if kind.is_file() {
            found.push(path);
        }
    }
}

/// What the first comment of a file begins with, behind the line that names its interpreter.
fn sign(path: &Path, text: &str) -> Option<&'static [&'static str]> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending {
        Some("rs") => Some(&["//! "]),
        Some("cc" | "hh") => Some(&["/* ", "// "]),
        Some("nix" | "sh" | "awk") => Some(&["# "]),
        _ if text.starts_with("#!") => Some(&["# "]),
        _ => None,
    }
}

#[test]
fn every_file_says_first_what_it_is_for() {
    let mut files = Vec::new();
    collect(root(), &mut files);
    let mut looked_at = 0;
    let mut silent = Vec::new();
    for path in files {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let Some(signs) = sign(&path, &text) else { continue };
        looked_at += 1;
        let told =
            |line: &&str| !line.starts_with("#!") && !line.starts_with("# shellcheck ") && !line.trim().is_empty();
        let first = text.lines().find(told).unwrap_or_default();
        if !signs.iter().any(|sign| first.starts_with(sign)) {
            silent.push(format!("{}: {first}", path.display()));
        }
    }
    assert!(looked_at > 300, "{looked_at}");
    assert!(
        silent.is_empty(),
        "these say nothing of themselves:\n{}",
        silent.join("\n")
    );
}
