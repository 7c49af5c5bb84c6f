//! A plan that is filled in, and `plan.json`, the one that an output holds, are plans like any other: they are read again,
//! nothing is added to them, and nothing is wrong with them that was not wrong with the plan as its author wrote it.

use std::fs;
use std::path::PathBuf;

use crate::programs::root;
use crate::schema::is_taken;
use build::emit;
use plan::problem::{Problem, Severity, code};
use plan::{check_buildable, check_plan, fill_plan, read_plan};
use tree::Tree;

const SYSTEM: &str = "/nix/store/00000000000000000000000000000000-system";
const RUNTIME: &str = "/nix/store/22222222222222222222222222222222-system-installer-runtime-0.1.0";

/// The plans of `tests/golden`, and those round the disks of `tests/disko`, that have no errors.
fn accepted() -> Vec<(PathBuf, Tree)> {
    let mut plans = Vec::new();
    for folder in ["tests/golden", "tests/disko"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let tree: Tree = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
                let plan = if folder == "tests/disko" { around(&tree) } else { tree };
                plans.extend(read_plan(&plan).is_ok().then_some((path, plan)));
            }
        }
    }
    assert!(plans.len() > 50, "the plans are gone");
    plans
}

/// A plan with these disks, started by GRUB from them.
fn around(disks: &Tree) -> Tree {
    let text = r#"{
        "boot": {
            "kernel": "/nix/store/00000000000000000000000000000000-linux/bzImage",
            "loader": {
                "efi": { "efiSysMountPoint": "/boot" },
                "grub": { "efiSupport": true, "package": "/nix/store/00000000000000000000000000000000-grub" }
            }
        },
        "init": { "command": ["/init"] },
        "name": "test",
        "system": "x86_64-linux"
    }"#;
    let Tree::Attrs(mut attrs) = serde_json::from_str(text).unwrap() else {
        unreachable!()
    };
    attrs.insert(1, ("disks".to_owned(), disks.clone()));
    let plan = Tree::Attrs(attrs.clone());
    if read_plan(&plan).is_ok() {
        return plan;
    }
    // Disks that GRUB cannot start from.
    attrs.remove(0);
    Tree::Attrs(attrs)
}

/// The plan that the output of `plan` holds.
fn built(plan: &Tree) -> Tree {
    let files = emit::emit(&read_plan(plan).unwrap(), SYSTEM, RUNTIME).unwrap();
    let file = files.iter().find(|file| file.name == "plan.json").unwrap();
    serde_json::from_str(&file.contents).unwrap()
}

/// What is told of `again` and was not told of the plan that it was made of. The place can be another one: what GRUB's
/// `device` says stands in `devices` of a filled plan.
pub fn new_problems(again: &Tree, original: &Tree) -> Vec<Problem> {
    let known = check_plan(original);
    let is_known = |problem: &Problem| {
        let mut known = known.iter();
        known.any(|known| (known.code, &known.message) == (problem.code, &problem.message))
    };
    let found = check_plan(again).into_iter();
    found.filter(|problem| !is_known(problem)).collect()
}

/// Each plan that `change` makes another one of is as good as before, complete, and one for the schema.
fn stays_as_good(change: fn(&Tree) -> Tree) {
    let mut wrong = Vec::new();
    for (path, plan) in accepted() {
        let again = change(&plan);
        let problems = new_problems(&again, &plan);
        if !problems.is_empty() || fill_plan(&again).as_ref() != Ok(&again) || !is_taken(&again) {
            let problems: Vec<String> = problems
                .iter()
                .map(|problem| problem.line(&problem.path.pointer()))
                .collect();
            wrong.push(format!("{}: {problems:#?}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_filled_plan_is_judged_as_the_one_that_it_was_made_of() {
    stays_as_good(|plan| fill_plan(plan).unwrap());
}

#[test]
fn the_plan_of_an_output_is_a_plan() {
    stays_as_good(built);
}

#[test]
fn only_the_plan_of_an_output_does_without_what_a_build_needs() {
    let path = root().join("tests/golden/boot-grub.json");
    let plan: Tree = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let built = built(&plan);
    assert!(
        !serde_json::to_string(&built).unwrap().contains("-grub"),
        "the package is still named"
    );
    let errors = |problems: Vec<Problem>| -> Vec<_> {
        let errors = problems
            .into_iter()
            .filter(|problem| problem.severity == Severity::Error);
        errors.map(|problem| (problem.path.to_string(), problem.code)).collect()
    };
    assert_eq!(errors(check_buildable(&plan)), []);
    let refused = [("built".to_owned(), code::BUILT_PLAN)];
    assert_eq!(errors(check_buildable(&built)), refused);
    // Without the word for it, the package is missing as in any plan.
    let Tree::Attrs(mut attrs) = built else { unreachable!() };
    attrs.retain(|(name, _)| name != "built");
    let unmarked = Tree::Attrs(attrs);
    let missing = [("boot.loader.grub.package".to_owned(), code::MISSING_ATTRIBUTE)];
    assert_eq!(errors(check_plan(&unmarked)), missing);
    assert!(!is_taken(&unmarked));
}
