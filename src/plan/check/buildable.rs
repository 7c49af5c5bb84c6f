//! A plan that is to be built has what a build needs. That of an output (`plan.json`) has not: the packages in it would
//! stay in the closure of every system.

use super::{at, problem};
use crate::Plan;
use crate::problem::{Problem, code};
use crate::read::BUILT;

/// The problem that a plan has as one to be built.
pub fn buildable(plan: &Plan) -> Option<Problem> {
    (plan.built == Some(true)).then(|| {
        let message = "this is the plan of an output, which lacks what only a build needs";
        let hint = "give the plan that the output was built from";
        problem(at(BUILT), code::BUILT_PLAN, message, hint)
    })
}
