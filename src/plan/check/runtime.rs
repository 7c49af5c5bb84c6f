//! A plan that is built on another system names a runtime for its own: that runtime interprets the scripts.

use super::{Plans, at, problem};
use crate::problem::{Problem, code};
use crate::text::Text;

pub fn check(plans: &Plans) -> Vec<Problem> {
    let plan = plans.given;
    let (Some(system), Some(build_system), None) = (&plan.system, &plan.build_system, &plan.runtime) else {
        return Vec::new();
    };
    if system.text() == build_system.text() {
        return Vec::new();
    }
    let message = format!(
        "built on `{}`, the system needs a runtime for `{}`",
        build_system.text(),
        system.text()
    );
    let hint = format!(
        "give `runtime`: the store path of system-installer for `{}`",
        system.text()
    );
    vec![problem(at("buildSystem"), code::RUNTIME_MISSING, message, hint)]
}
