//! The hash of a password is not where everyone can read it. Everyone can read Nix's store, and the scripts there hold
//! what the plan says.

use super::{Plans, at, warning};
use crate::Map;
use crate::problem::{Problem, code};
use crate::text::Text;

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, user) in plans.given.users.iter().flat_map(Map::present) {
        let hash = user.hashed_password.as_ref().map_or("", Text::text);
        // `!` and `*` alone lock an account; in front of a hash they do not hide it.
        if hash.bytes().any(|b| b != b'!' && b != b'*') {
            problems.push(warning(
                at("users").name(name).name("hashedPassword"),
                code::READABLE_HASH,
                "the hash is in the Nix store, where every user can read it and try passwords on it",
                "write `hashedPasswordFile`, with the path of a file on the target, instead",
            ));
        }
    }
    problems
}
