//! A hashed password is complete, of a kind that the target knows, and of one that takes long to guess.

use super::{Plans, at, warning};
use crate::Map;
use crate::problem::{Problem, code};
use crate::text::Text;

/// The kinds that crypt(5) recommends or accepts for new hashes, by the word between the first two `$`.
const STRONG: [&str; 10] = ["2a", "2b", "2y", "5", "6", "7", "gy", "sm3", "sm3y", "y"];

/// The kinds that crypt(5) has for old hashes alone: MD5, a faulty bcrypt, NT, Sun's MD5, SHA-1.
const WEAK: [&str; 5] = ["1", "2x", "3", "md5", "sha1"];

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, user) in plans.given.users.iter().flat_map(Map::present) {
        let hash = user.hashed_password.as_ref().map_or("", Text::text);
        if let Some(message) = mistake(hash.trim_start_matches(['!', '*'])) {
            let place = at("users").name(name).name("hashedPassword");
            let hint = "write what `mkpasswd` prints, all of it";
            problems.push(warning(place, code::WEAK_HASH, message, hint));
        }
    }
    problems
}

/// What is wrong with a hash. The message does not repeat the hash: it is a secret.
fn mistake(hash: &str) -> Option<&'static str> {
    let weak = "the hash is of an old kind, of which passwords are guessed quickly";
    let Some(rest) = hash.strip_prefix('$') else {
        // DES's, and BSDi's.
        return (!hash.is_empty()).then_some(weak);
    };
    let (word, rest) = rest.split_once('$').unwrap_or((rest, ""));
    // Sun has the rounds in the word.
    let kind = word.split_once(',').map_or(word, |(kind, _)| kind);
    if WEAK.contains(&kind) {
        return Some(weak);
    }
    if !STRONG.contains(&kind) {
        return Some("crypt(5) does not know the kind of the hash: nobody can log in with it");
    }
    // Before the hash itself comes its salt, or, in bcrypt's, the cost.
    let is_whole = !rest.starts_with('$') && !rest.ends_with('$') && rest.contains('$');
    (!is_whole).then_some("the hash is cut off: nobody can log in with it")
}
