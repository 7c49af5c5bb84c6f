//! The fuzz targets on a stable compiler: every input of their corpora, and each of them changed a little. The same functions
//! run under libFuzzer by `fuzz/run`, which is where the corpora grow.

mod mutate;

use crate::programs::root;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use ::fuzz::TARGETS;
use mutate::Mutator;

/// The inputs of a target, by file name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let root = root();
    let mut folders = vec![root.join("fuzz/corpus").join(target)];
    if target == "plan" {
        folders.push(root.join("tests/golden"));
    }
    let mut inputs = Vec::new();
    for folder in folders {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "out") {
                inputs.push((path.display().to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    inputs.sort();
    assert!(inputs.len() >= 5, "the corpus of `{target}` is gone");
    inputs
}

/// Runs the target; where it panics, the input is kept and named.
fn run(name: &str, target: fn(&[u8]), input: &[u8], from: &str) {
    if catch_unwind(AssertUnwindSafe(|| target(input))).is_err() {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}"));
        fs::write(&kept, input).unwrap();
        panic!(
            "`{name}` breaks a promise on what came of {from}; the input is in {}",
            kept.display()
        );
    }
}

#[test]
fn every_input_of_the_corpora_keeps_its_targets_promises() {
    for target in &TARGETS {
        for (file, input) in corpus(target.name) {
            run(target.name, target.run, &input, &file);
        }
    }
}

#[test]
fn inputs_that_differ_a_little_keep_them_too() {
    for target in &TARGETS {
        let corpus = corpus(target.name);
        let mut mutator = Mutator::new(1, &corpus);
        for (file, input) in &corpus {
            for _ in 0..20 {
                run(target.name, target.run, &mutator.change(input), file);
            }
        }
    }
}

#[test]
fn every_target_has_a_program_and_every_program_a_target() {
    let root = root().join("fuzz");
    let names = |folder: &str| {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let expected: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names("fuzz_targets"), expected);
    assert_eq!(names("corpus"), expected);
}

#[test]
#[ignore = "a long battery: it builds libFuzzer"]
fn the_programs_build_on_stable() {
    let manifest = root().join("fuzz/Cargo.toml");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo.args(["check", "--quiet", "--bins", "--manifest-path"]);
    assert!(
        cargo
            .arg(manifest)
            .arg("--target-dir")
            .arg(target)
            .status()
            .unwrap()
            .success()
    );
}

/// `FUZZ_SECONDS` for each target (60), `FUZZ_TARGET` for one alone, `FUZZ_SEED`.
#[test]
#[ignore = "a long battery"]
fn inputs_that_differ_much_keep_them_too() {
    let number = |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let (seconds, seed) = (number("FUZZ_SECONDS", 60), number("FUZZ_SEED", 2));
    let only = std::env::var("FUZZ_TARGET").ok();
    for target in TARGETS
        .iter()
        .filter(|target| only.as_deref().is_none_or(|only| only == target.name))
    {
        let corpus = corpus(target.name);
        let mut mutator = Mutator::new(seed, &corpus);
        let (end, mut runs) = (Instant::now() + Duration::from_secs(seconds), 0_u64);
        while Instant::now() < end {
            let (file, input) = mutator.pick(&corpus);
            let mut input = input.clone();
            for _ in 0..=mutator.below(8) {
                input = mutator.change(&input);
                run(target.name, target.run, &input, file);
                runs += 1;
            }
        }
        println!("{}: {runs} runs", target.name);
    }
}
