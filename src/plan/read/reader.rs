//! The reader: knows its place in the tree, and collects problems.

use super::{Mistake, Presence};
use crate::problem::{AttrPath, Code, Problem, Segment, Severity, code};
use tree::{Tree, Unusable};

/// A place in the tree, and the problems found so far.
#[derive(Debug, Default)]
pub struct Reader {
    is_built: bool,
    path: AttrPath,
    problems: Vec<Problem>,
}

impl Reader {
    /// A reader at the root of a plan. `is_built` is whether the plan is the `plan.json` of an output.
    pub fn of(is_built: bool) -> Self {
        Self {
            is_built,
            ..Self::default()
        }
    }

    /// Whether an attribute of this presence is required.
    pub fn requires(&self, presence: Presence) -> bool {
        match presence {
            Presence::Required => true,
            Presence::RequiredToBuild => !self.is_built,
            Presence::Default(_) | Presence::Optional => false,
        }
    }

    /// Reads an attribute of the value at this place.
    pub fn at_name<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.at(Segment::Name(name.to_owned()), read)
    }

    /// Reads an element of the list at this place.
    pub fn at_index<T>(&mut self, index: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        self.at(Segment::Index(index), read)
    }

    fn at<T>(&mut self, segment: Segment, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.0.push(segment);
        let value = read(self);
        self.path.0.pop();
        value
    }

    /// Notes a problem with the value at this place.
    pub fn report(&mut self, code: Code, message: impl Into<String>, hint: Option<String>) {
        let (path, message) = (self.path.clone(), message.into());
        self.problems.push(Problem {
            path,
            code,
            severity: Severity::Error,
            message,
            hint,
        });
    }

    /// Notes a mistake that a kind of string has found.
    pub fn mistake(&mut self, mistake: Mistake) {
        self.report(mistake.code, mistake.message, mistake.hint);
    }

    /// Notes that `tree` is not the kind of value that is expected at this place.
    pub fn wrong_type(&mut self, expected: &str, tree: &Tree, hint: Option<String>) {
        let hint = hint.or_else(|| of_another_shape(expected, tree).map(str::to_owned));
        match tree {
            Tree::Unusable(Unusable::NotUtf8) => self.report(code::NOT_UTF8, "the string is not UTF-8", None),
            Tree::Unusable(Unusable::Context) => {
                let message = format!("expected {expected}, but the string refers to a store path, which no name may");
                let hint = "leave the path out, or write `builtins.unsafeDiscardStringContext`".to_owned();
                self.report(code::UNUSABLE_VALUE, message, Some(hint));
            }
            Tree::Unusable(Unusable::Cycle) => {
                self.report(
                    code::UNUSABLE_VALUE,
                    format!("expected {expected}, but the value contains itself"),
                    None,
                );
            }
            Tree::Unusable(Unusable::TooDeep) => {
                let message = format!("expected {expected}, but there are sets or lists too deep within each other");
                self.report(code::UNUSABLE_VALUE, message, None);
            }
            Tree::Unusable(Unusable::Function | Unusable::External) => {
                self.report(
                    code::UNUSABLE_VALUE,
                    format!("expected {expected}, but got {}", tree.describe()),
                    hint,
                );
            }
            _ => self.report(
                code::WRONG_TYPE,
                format!("expected {expected}, but got {}", tree.describe()),
                hint,
            ),
        }
    }

    /// The string at this place, if a plan can hold it.
    pub fn string<'a>(&mut self, expected: &str, tree: &'a Tree, takes_paths: bool) -> Option<(&'a str, bool)> {
        let (text, is_path) = match tree {
            Tree::String(text) | Tree::Bare(text) => (text, false),
            Tree::Path(text) if takes_paths => (text, true),
            Tree::Path(_) => {
                self.report(
                    code::PATH_VALUE,
                    format!("expected {expected}, but got a path, which Nix would copy into the store"),
                    Some("quote it, if the string itself is meant".to_owned()),
                );
                return None;
            }
            _ => {
                self.wrong_type(expected, tree, None);
                return None;
            }
        };
        if text.contains('\0') {
            self.report(code::NUL_BYTE, "the string holds a NUL byte", None);
            return None;
        }
        Some((text, is_path))
    }

    /// The problems found so far.
    pub fn problems(self) -> Vec<Problem> {
        self.problems
    }
}

/// The hint where a list is given in place of a single value, a single value in place of a list, or a list in place of
/// a set.
fn of_another_shape(expected: &str, tree: &Tree) -> Option<&'static str> {
    match (expected, tree) {
        ("a list", Tree::String(_) | Tree::Bare(_)) => Some("put it between brackets: `[ \"...\" ]`"),
        ("an attribute set", Tree::List(_)) => Some("give each element a name: `{ name = ...; }`"),
        _ => None,
    }
}
