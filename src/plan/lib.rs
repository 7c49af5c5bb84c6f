//! The plan of an installer: read from an attribute tree, checked, filled in, and told as the steps that scripts carry.
//!
//! No I/O and no panics: the evaluator runs this. It knows neither Nix (the plugin's business) nor what the steps do (the
//! runtime's).
//!
//! - [`problem`]: how a mistake is told, and the codes.
//! - [`section`], [`sections`]: how a section is declared, and the sections. [`text`], [`many`], [`map`], [`number`]: the kinds
//!   of values in them.
//! - [`read`]: attribute tree to plan, with every problem on the way.
//! - [`fill`]: the defaults.
//! - [`check`]: the rules across sections, a file each.
//! - [`image_plan`]: the two sections that the image of a disk is made of.
//! - [`steps`]: a filled plan as what its scripts carry.
//! - [`schema`]: what describes the plan to editors; with the feature `reference` alone.

pub mod check;
pub mod fill;
pub mod image_plan;
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

pub use map::{Map, Named};
pub use sections::*;

/// Every problem of the plan that `tree` holds, warnings too, sorted by path. A list without errors says that the plan can
/// be built.
pub fn check_plan(tree: &Tree) -> Vec<Problem> {
    filled(tree).1
}

/// What a disk image of the plan that `tree` holds cannot have, sorted by path: errors all of them. The plan itself has none.
pub fn check_image(tree: &Tree) -> Vec<Problem> {
    let mut problems = check::image(&filled(tree).0);
    make_printable(&mut problems);
    problems
}

/// The plan that `tree` holds, with every default filled in, as an attribute tree with sorted names. Path values stay path
/// values.
///
/// # Errors
/// The errors that [`check_plan`] gives, if there are any.
pub fn fill_plan(tree: &Tree) -> Result<Tree, Vec<Problem>> {
    read_plan(tree).map(|plan| read::write(&plan))
}

/// The same as [`fill_plan`], as a plan.
///
/// # Errors
/// The errors that [`check_plan`] gives, if there are any.
pub fn read_plan(tree: &Tree) -> Result<Plan, Vec<Problem>> {
    assess_plan(tree).0
}

/// The same as [`read_plan`], and the warnings that [`check_plan`] gives.
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
    let (given, mut problems) = read::read(tree);
    let filled = fill::fill(&given);
    problems.extend(check::check(&given, &filled, &problems));
    make_printable(&mut problems);
    problems.sort_unstable();
    problems.dedup();
    (filled, problems)
}

/// Problems repeat parts of the plan.
fn make_printable(problems: &mut [Problem]) {
    for problem in problems {
        problem.message = printable(&problem.message);
        problem.hint = problem.hint.as_deref().map(printable);
    }
}
