//! The programs are linked with the C library as it comes: no symbol of it is replaced by one of ours.

use std::fs;

use super::source::{files, rooms};
use crate::programs::root;

/// Attributes that give a function a name for the linker.
const NAMES_FOR_THE_LINKER: [&str; 2] = ["no_mangle", "export_name"];

#[test]
fn no_room_defines_a_symbol_of_its_own() {
    for room in rooms() {
        for file in files(&room) {
            let found = file
                .tokens
                .iter()
                .find(|token| NAMES_FOR_THE_LINKER.contains(&token.as_str()));
            assert_eq!(found, None, "src/{room}/{}", file.path.display());
        }
    }
}

/// A linker that takes several definitions of a symbol does not say that one replaces another.
#[test]
fn no_command_lets_the_linker_take_a_symbol_twice() {
    let flags = ["mul\x64efs", "allow-multiple-\x64efinition"];
    let mut looked_at = 0;
    for folder in [
        "",
        "nix-plugin",
        "src",
        "src/runtime",
        "src/plugin",
        "cpp",
        ".cargo",
        ".ci",
        "tests",
        "fuzz",
    ] {
        for entry in fs::read_dir(root().join(folder)).into_iter().flatten() {
            let path = entry.unwrap().path();
            let Ok(text) = fs::read_to_string(&path) else { continue };
            looked_at += 1;
            let found = flags.iter().find(|flag| text.contains(**flag));
            assert_eq!(found, None, "{}", path.display());
        }
    }
    assert!(looked_at > 50, "{looked_at}");
}
