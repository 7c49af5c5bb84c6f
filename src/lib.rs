//! `nix-system-installer`: one Nix expression gives a system that initialises itself and makes its own disk boot.
//!
//! Evaluation side, without I/O: [`plan`] is the vocabulary, [`read`] turns an attribute tree into a plan, [`check`]
//! holds the rules across its sections, [`emit`] writes the steps that the scripts carry, [`diagnostic`] is how a
//! problem is told. The bridge (feature `plugin`) hands all that to Nix.
//!
//! Run side, which never sees Nix: [`prefix`] gives access to files beneath a prefix and nowhere else; [`boot`] decides and
//! writes what disks and EFI system partitions need; [`run`] holds the steps `build`, `pre-init`, `post-init`, `init` and `pre-boot`,
//! and `check`, `show` and `install`.

pub mod boot;
#[cfg(feature = "plugin")]
mod bridge;
pub mod check;
pub mod diagnostic;
#[cfg(any(test, feature = "plugin"))]
mod documentation;
pub mod emit;
#[cfg(any(test, feature = "plugin"))]
mod guard;
#[cfg(feature = "image")]
pub mod image;
pub mod plan;
pub mod prefix;
pub mod read;
#[cfg(test)]
mod reference;
pub mod run;
#[cfg(any(test, feature = "plugin"))]
mod schema;

use diagnostic::{Problem, Severity, printable};
use plan::Plan;
use read::Tree;

/// The version of this package, as in `Cargo.toml`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

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
    let filled = plan::fill::fill(&given);
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
