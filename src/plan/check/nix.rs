//! A plan with Nix names the package of Nix.

use super::{Plans, at, problem};
use crate::problem::{Problem, code};

pub fn check(plans: &Plans) -> Vec<Problem> {
    match &plans.given.nix {
        Some(nix) if nix.enable == Some(true) && nix.package.is_none() => {
            let message = "with `enable`, there has to be a package of Nix";
            let hint = "write `nix.package = pkgs.nix;`";
            vec![problem(at("nix").name("package"), code::NO_NIX, message, hint)]
        }
        _ => Vec::new(),
    }
}
