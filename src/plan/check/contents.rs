//! A file has either `text` or `source`.

use super::{Plans, at, problem};
use crate::Map;
use crate::problem::{Problem, code};

pub fn check(plans: &Plans) -> Vec<Problem> {
    let files = plans.given.files.iter().flat_map(Map::present);
    files
        .filter_map(|(path, file)| {
            let (message, hint) = match (&file.text, &file.source) {
                (Some(_), Some(_)) => ("the file has both `text` and `source`", "leave one of them out"),
                (None, None) => (
                    "the file has neither `text` nor `source`",
                    "write `text = \"\";` for an empty file",
                ),
                _ => return None,
            };
            Some(problem(at("files").name(path), code::TEXT_OR_SOURCE, message, hint))
        })
        .collect()
}
