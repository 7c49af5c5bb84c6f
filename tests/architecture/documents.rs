//! The documents name files that are there: a list of what to touch is worth nothing once the files have moved.

use std::fs;

use crate::programs::root;

const DOCUMENTS: [&str; 6] = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/architecture.md",
    "fuzz/run",
    "nix-plugin/README.md",
    "tests/README.md",
];

/// The folders that paths begin with.
const FOLDERS: [&str; 7] = ["benches/", "cpp/", "docs/", "fuzz/", "nix-plugin/", "src/", "tests/"];

/// What is not there before something is run.
const MADE: [&str; 1] = ["fuzz/artifacts"];

#[test]
fn every_path_in_a_document_leads_to_a_file() {
    let mut looked_at = 0;
    let mut missing = Vec::new();
    for document in DOCUMENTS {
        let text = fs::read_to_string(root().join(document)).unwrap();
        let of_path = |c: char| c.is_ascii_alphanumeric() || "/._-*".contains(c);
        // Words in capitals, as `NAME`, stand for others.
        let named = |word: &&str| {
            !word
                .split(['/', '.'])
                .any(|part| part.len() > 1 && part == part.to_uppercase())
        };
        for word in text.split(|c| !of_path(c)).filter(named) {
            let path = word.trim_end_matches(['.', '/']);
            if FOLDERS.iter().any(|folder| path.starts_with(folder))
                && !path.contains('*')
                && !path.ends_with('-')
                && !MADE.contains(&path)
            {
                looked_at += 1;
                if !root().join(path).exists() {
                    missing.push(format!("{document}: {path}"));
                }
            }
        }
    }
    assert!(looked_at > 80, "{looked_at}");
    assert!(missing.is_empty(), "these are not there:\n{}", missing.join("\n"));
}
