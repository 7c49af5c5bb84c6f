//! The rules that concern several sections of a plan, one in each file. No I/O, no panics.
//!
//! A rule gets the plan twice. It compares values in the filled one, and complains only about what the author wrote. Not
//! among the `RULES` are `buildable` and `image`, which are asked for by themselves, and `written` and `place`, by which rules know
//! what the author wrote and where.

mod accounts;
mod boot;
mod buildable;
mod command_line;
mod contents;
mod covered;
mod device_names;
mod disk_names;
mod disk_space;
mod esp;
mod grub_disk;
mod hash_kinds;
mod hooks;
mod image;
mod labels;
mod mounts;
mod nix;
mod partition_types;
mod passwords;
mod place;
mod removals;
mod root;
mod root_parameter;
mod runtime;
mod same_label;
mod swap;
mod tree;
mod whole_disks;
mod written;

pub use buildable::buildable;
pub use image::{FILE_SYSTEMS as IMAGE_FILE_SYSTEMS, image};

use std::collections::BTreeSet;

use crate::Plan;
use crate::problem::{AttrPath, Problem};
use crate::problem::{problem, warning};

/// The plan that a rule looks at, in both forms.
struct Plans<'a> {
    /// As its author wrote it, without what follows from the rest of the plan anyway, even if the author repeated that.
    given: &'a Plan,
    /// With every default filled in.
    filled: &'a Plan,
}

/// A rule.
type Rule = fn(&Plans) -> Vec<Problem>;

const RULES: &[Rule] = &[
    accounts::check,
    boot::check,
    command_line::check,
    contents::check,
    covered::check,
    device_names::check,
    disk_names::check,
    disk_space::check,
    esp::check,
    grub_disk::check,
    hash_kinds::check,
    hooks::check,
    labels::check,
    mounts::check,
    nix::check,
    partition_types::check,
    passwords::check,
    removals::check,
    root::check,
    root_parameter::check,
    runtime::check,
    same_label::check,
    swap::check,
    tree::check,
    whole_disks::check,
];

/// The problems that the rules find. `known` are the problems found while reading: what follows from one of them is
/// left out.
pub fn check(given: &Plan, filled: &Plan, known: &[Problem]) -> Vec<Problem> {
    let given = written::written(given, filled);
    let plans = Plans { given: &given, filled };
    let mut paths: BTreeSet<&AttrPath> = BTreeSet::new();
    paths.extend(known.iter().map(|problem| &problem.path));
    // In the order of paths, what is below a path comes right behind it.
    let follows = |problem: &Problem| {
        paths
            .range::<AttrPath, _>(&problem.path..)
            .next()
            .is_some_and(|path| path.0.starts_with(&problem.path.0))
    };
    let places = place::Places::of(&plans);
    let found = RULES.iter().flat_map(|rule| rule(&plans));
    let told = found.map(|problem| Problem {
        path: places.written(problem.path),
        ..problem
    });
    told.filter(|problem| !follows(problem)).collect()
}

/// The path of a section of the plan.
fn at(section: &str) -> AttrPath {
    AttrPath::default().name(section)
}
