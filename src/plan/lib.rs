//! The plan of an installer: how it is read from an attribute tree, checked, filled in, and turned into the steps that
//! scripts carry.
//!
//! No I/O and no panics: this runs in the evaluator. It does not know Nix (the plugin does), nor how a step works (the
//! runtime does).
//!
//! - [`problem`]: how a mistake is reported, and the codes.
//! - [`read`]: how values are read from an attribute tree, and every problem found on the way.
//! - [`text`], [`number`], [`many`], `map`, `command`: the kinds of values.
//! - [`section`], [`sections`]: how a section is declared, and the sections.
//! - [`loaders`]: the boot loaders. Each is a section with its defaults, its own rules and its step.
//! - [`fill`]: the defaults.
//! - [`check`]: the rules across sections, one in each file.
//! - [`image_plan`]: the two sections that the image of a disk is made of.
//! - [`steps`]: makes the steps of a filled plan.
//! - `schema`: describes the plan to editors. Only with the feature `reference`.

pub mod check;
mod command;
pub mod fill;
pub mod firmware;
pub mod image_plan;
pub mod loaders;
pub mod many;
mod map;
pub mod number;
pub mod problem;
pub mod read;
#[cfg(test)]
mod reference;
#[cfg(feature = "reference")]
pub mod schema;
pub mod section;
pub mod sections;
pub mod steps;
pub mod text;

use problem::{Problem, Severity};
use tree::Tree;
use tree::printable::printable;

pub use command::Command;
pub use loaders::{Efi, External, Extlinux, Grub, Loader, SystemdBoot};
pub use map::{Map, Named};
pub use number::Id;
pub use sections::*;

/// Every problem of the plan that `tree` holds, warnings included, sorted by path. The `plan.json` of an output is a
/// plan, too.
pub fn check_plan(tree: &Tree) -> Vec<Problem> {
    filled(tree).1
}

/// The problems of a plan that is to be built: those of [`check_plan`], and one if it is the `plan.json` of an output.
/// A plan without errors among them can be built.
pub fn check_buildable(tree: &Tree) -> Vec<Problem> {
    let (plan, mut problems) = filled(tree);
    problems.extend(check::buildable(&plan));
    problems.sort_unstable();
    problems
}

/// The problems that the plan in `tree` has as an image, sorted by path. All of them are errors. Those of the plan
/// itself are not among them.
pub fn check_image(tree: &Tree) -> Vec<Problem> {
    let mut problems = check::image(&filled(tree).0);
    make_printable(&mut problems);
    problems
}

/// The plan that `tree` holds, with every default filled in, as an attribute tree. Its names are sorted. Path values
/// stay path values.
///
/// # Errors
/// The errors that [`check_plan`] gives, if there are any.
pub fn fill_plan(tree: &Tree) -> Result<Tree, Vec<Problem>> {
    read_plan(tree).map(|plan| plan.to_tree())
}

/// The plan that `tree` holds, with every default filled in.
///
/// # Errors
/// The errors that [`check_plan`] gives, if there are any.
pub fn read_plan(tree: &Tree) -> Result<Plan, Vec<Problem>> {
    assess_plan(tree).0
}

/// The plan as [`read_plan`] gives it, and the warnings of [`check_plan`].
pub fn assess_plan(tree: &Tree) -> (Result<Plan, Vec<Problem>>, Vec<Problem>) {
    let (plan, problems) = filled(tree);
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    for problem in problems {
        match problem.severity {
            Severity::Error => errors.push(problem),
            Severity::Warning => warnings.push(problem),
        }
    }
    (if errors.is_empty() { Ok(plan) } else { Err(errors) }, warnings)
}

fn filled(tree: &Tree) -> (Plan, Vec<Problem>) {
    let (given, mut problems) = Plan::from_tree(tree);
    let filled = fill::fill(&given);
    problems.extend(check::check(&given, &filled, &problems));
    make_printable(&mut problems);
    problems.sort_unstable();
    problems.dedup();
    (filled, problems)
}

/// Escapes what a terminal would obey: problems repeat parts of the plan.
fn make_printable(problems: &mut [Problem]) {
    for problem in problems {
        problem.message = printable(&problem.message);
        problem.hint = problem.hint.as_deref().map(printable);
    }
}
