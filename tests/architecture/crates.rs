//! The arrows between the rooms are those of docs/architecture.md, and no program has what it has no use for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;

use super::source::rooms;
use crate::programs::root;

/// From each room to rooms.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// What cargo answers.
fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .args(["--locked", "--offline"])
        .current_dir(root())
        .output();
    let output = output.expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The packages of the workspace as cargo describes them.
fn packages() -> Vec<Value> {
    let metadata = cargo(&["metadata", "--no-deps", "--format-version=1"]);
    let mut metadata: Value = serde_json::from_str(&metadata).unwrap();
    match metadata["packages"].take() {
        Value::Array(packages) => packages,
        other => panic!("cargo's packages: {other}"),
    }
}

/// The room that a folder is.
fn room(folder: &str) -> Option<String> {
    let inside = folder.strip_prefix(root().join("src").to_str().unwrap())?;
    Some(inside.trim_start_matches('/').to_owned())
}

/// Which rooms each room depends on, but for its tests.
fn in_the_manifests() -> Arrows {
    let mut arrows = Arrows::new();
    for package in packages() {
        let manifest = package["manifest_path"].as_str().unwrap();
        let Some(from) = room(manifest.trim_end_matches("/Cargo.toml")) else {
            continue;
        };
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let dependencies = dependencies.filter(|dependency| dependency["kind"] != "dev");
        let rooms = dependencies.filter_map(|dependency| room(dependency["path"].as_str()?));
        arrows.insert(from, rooms.collect());
    }
    arrows
}

/// The lines `ROOM -> ROOM, ROOM: TEXT` of docs/architecture.md.
fn in_the_document() -> Arrows {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("    "));
    let arrows = lines.filter_map(|line| {
        let (from, rest) = line.split_once("->")?;
        let from = from.trim();
        let to = rest.split_once(':')?.0;
        rooms().iter().any(|room| room == from).then(|| {
            let to = to.split(',').map(str::trim).filter(|to| *to != "nothing");
            (from.to_owned(), to.map(str::to_owned).collect())
        })
    });
    arrows.collect()
}

/// All that the arrows lead to from `from`.
fn reached(arrows: &Arrows, from: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(room) = open.pop() {
        for to in arrows.get(&room).into_iter().flatten() {
            if reached.insert(to.clone()) {
                open.push(to.clone());
            }
        }
    }
    reached
}

#[test]
fn the_arrows_between_the_rooms_are_those_of_the_document() {
    let (written, real) = (in_the_document(), in_the_manifests());
    assert_eq!(real.keys().cloned().collect::<Vec<_>>(), rooms());
    assert_eq!(written.keys().collect::<Vec<_>>(), real.keys().collect::<Vec<_>>());
    for (from, uses) in &real {
        let allowed = reached(&written, from);
        let forbidden: Vec<_> = uses.difference(&allowed).collect();
        assert!(
            forbidden.is_empty(),
            "src/{from} uses {forbidden:?}, and no arrow leads there"
        );
        let unused: Vec<_> = written[from].difference(uses).collect();
        assert!(
            unused.is_empty(),
            "no use of {unused:?} in src/{from} is behind its arrow"
        );
    }
}

#[test]
fn the_rooms_have_no_circle() {
    let arrows = in_the_manifests();
    for from in arrows.keys() {
        assert!(!reached(&arrows, from).contains(from), "`{from}` leads to itself");
    }
}

/// The names of all that a package is built of, itself included.
fn built_of(package: &str) -> BTreeSet<String> {
    let tree = cargo(&[
        "tree",
        "--package",
        package,
        "--edges=normal",
        "--prefix=none",
        "--format={p}",
    ]);
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let names: BTreeSet<String> = names.map(str::to_owned).collect();
    assert!(names.contains(package) && names.len() > 5, "{names:?}");
    names
}

fn has_none_of(package: &str, unwanted: &[&str]) {
    let names = built_of(package);
    let found: Vec<_> = unwanted.iter().filter(|name| names.contains(**name)).collect();
    assert!(found.is_empty(), "`{package}` is built of {found:?}");
}

/// What reads command lines for people, draws, and packs and makes images.
const FOR_PEOPLE_AND_IMAGES: [&str; 14] = [
    "clap",
    "indicatif",
    "console",
    "zstd",
    "zstd-safe",
    "zstd-sys",
    "flate2",
    "gpt",
    "tar",
    "crc32c",
    "uuid",
    "system-installer-image",
    "system-installer",
    "cxx",
];

/// A release of one of these would build every system anew.
#[test]
fn the_builder_holds_what_decides_the_bytes_of_a_system_and_nothing_else() {
    has_none_of("system-installer-build", &FOR_PEOPLE_AND_IMAGES);
    has_none_of(
        "system-installer-build",
        &[
            "system-installer-runtime",
            "system-installer-boot",
            "system-installer-prefix",
        ],
    );
}

/// All of it is in the closure of every system.
#[test]
fn the_runtime_holds_nothing_that_only_builders_and_people_need() {
    has_none_of("system-installer-runtime", &FOR_PEOPLE_AND_IMAGES);
    has_none_of(
        "system-installer-runtime",
        &["system-installer-plan", "system-installer-build", "regex-lite"],
    );
}

/// The side of the evaluator, by what it is built of: src/plan has no crate that does I/O.
#[test]
fn the_evaluation_side_has_no_crate_for_io() {
    has_none_of(
        "system-installer-plan",
        &["rustix", "libc", "tempfile", "system-installer-prefix"],
    );
}

/// The evaluator loads the plugin into itself: what is in it is in every evaluation.
#[test]
fn nothing_of_the_workspace_is_published() {
    for package in packages() {
        assert_eq!(
            package["publish"].as_array().map(Vec::len),
            Some(0),
            "{}",
            package["name"]
        );
    }
}

/// `cargo build` and `cargo test` need neither a Nix nor a fuzzer.
#[test]
fn all_rooms_but_the_plugin_are_built_by_default() {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version=1"])).unwrap();
    let count = |key: &str| metadata[key].as_array().unwrap().len();
    let text = metadata["workspace_default_members"].to_string();
    for room in rooms() {
        assert_eq!(
            text.contains(&format!("/src/{room}#")),
            room != "plugin",
            "{room}: {text}"
        );
    }
    assert_eq!(count("workspace_members"), count("workspace_default_members") + 2);
}

/// A change of any crate's sources builds the plugin and its programs anew.
#[test]
fn the_key_of_build_plugin_holds_every_room() {
    let script = fs::read_to_string(root().join("nix-plugin/build-plugin")).unwrap();
    let line = script
        .lines()
        .find_map(|line| line.trim().strip_prefix("find "))
        .unwrap();
    let hashed: Vec<&str> = line.split(' ').take_while(|word| !word.starts_with('-')).collect();
    for needed in [
        "Cargo.toml",
        "Cargo.lock",
        "cpp",
        "nix-plugin/lib.nix",
        "nix-plugin/build-plugin",
    ] {
        assert!(hashed.contains(&needed), "{needed} is not in the key: {hashed:?}");
    }
    for package in packages() {
        let manifest = package["manifest_path"].as_str().unwrap();
        let folder = manifest
            .strip_prefix(root().to_str().unwrap())
            .unwrap()
            .trim_start_matches('/');
        // Nothing that is shipped is built of these two.
        if !matches!(folder, "tests/Cargo.toml" | "fuzz/Cargo.toml") {
            let in_key = hashed.iter().any(|hashed| folder.starts_with(&format!("{hashed}/")));
            assert!(in_key, "{folder} is not in the key: {hashed:?}");
        }
    }
}
