//! A plan that is to be built has all that a build needs. The `plan.json` of an output has not: it lacks packages,
//! which would otherwise stay in the closure of the system.

use super::{at, problem};
use crate::Plan;
use crate::problem::{Problem, code};
use crate::sections::BUILT;

/// The problem of a plan that cannot be built because it is the `plan.json` of an output.
pub fn buildable(plan: &Plan) -> Option<Problem> {
    (plan.built == Some(true)).then(|| {
        let message = "this is the plan of an output, which lacks what only a build needs";
        let hint = "give the plan that the output was built from";
        problem(at(BUILT), code::BUILT_PLAN, message, hint)
    })
}
