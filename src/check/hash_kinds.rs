//! A hashed password is whole, of a kind that the target knows, and not one that is guessed quickly.

use super::{Plans, at, warning};
use crate::diagnostic::{Problem, code};
use crate::plan::Map;
use crate::plan::text::Text;

/// What crypt(5) recommends or calls acceptable for new hashes, by the word between the first two `$`.
const STRONG: [&str; 10] = ["2a", "2b", "2y", "5", "6", "7", "gy", "sm3", "sm3y", "y"];

/// What it has for old hashes alone; a Sun hash may have its rounds in the word.
const WEAK: [(&str, &str); 5] = [
    ("1", "MD5"),
    ("2x", "bcrypt with an old mistake"),
    ("3", "NT"),
    ("md5", "Sun MD5"),
    ("sha1", "SHA-1"),
];

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

/// What is wrong with a hash. The hash itself is not repeated.
fn mistake(hash: &str) -> Option<String> {
    let Some(rest) = hash.strip_prefix('$') else {
        let is_old = !hash.is_empty();
        return is_old.then(|| "a hash of DES is guessed quickly, whatever the password".to_owned());
    };
    let (word, rest) = rest.split_once('$').unwrap_or((rest, ""));
    let kind = word.split(',').next().unwrap_or(word);
    if let Some((_, name)) = WEAK.iter().find(|(weak, _)| *weak == kind) {
        return Some(format!("a hash of the kind `${kind}$` ({name}) is guessed quickly"));
    }
    if !STRONG.contains(&kind) {
        return Some("crypt(5) does not know the kind of the hash: nobody can log in with it".to_owned());
    }
    // Before the hash itself comes its salt, or, in bcrypt's, the cost.
    let is_whole = rest
        .rsplit_once('$')
        .is_some_and(|(salt, own)| !salt.is_empty() && !own.is_empty());
    (!is_whole).then(|| "the hash is cut off: nobody can log in with it".to_owned())
}
