//! `check`: lists the problems of a plan in JSON, with JSON pointers for places. It is for those who write plans without Nix.

use std::path::Path;

use crate::json_file::{self, Error};
use plan::check_plan;
use plan::problem::{Problem, Severity};
use tree::Tree;

/// The problems of a plan.
#[derive(Debug)]
pub struct Report(Vec<Problem>);

/// Checks the plan in the JSON file `path`.
///
/// # Errors
/// See [`Error`].
pub fn check(path: &Path) -> Result<Report, Error> {
    json_file::load(path, "a plan").map(|tree| Report(check_plan(&tree)))
}

impl Report {
    /// The report of these problems.
    pub fn of(problems: Vec<Problem>) -> Self {
        Self(problems)
    }

    /// Whether the plan cannot be built.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// A line for each problem.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for problem in &self.0 {
            let line = problem.line(&problem.path.pointer());
            text = text + problem.severity.word() + ": " + &line + "\n";
        }
        text
    }

    /// The problems as a list in JSON.
    ///
    /// # Errors
    /// See [`serde_json::Error`]; there is no reason for one.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(&self.tree())
    }

    /// The problems as a list of attribute sets.
    pub fn tree(&self) -> Tree {
        let mut list = Vec::new();
        for problem in &self.0 {
            let mut attributes = Vec::new();
            let mut add = |name: &str, value| attributes.push((name.to_owned(), value));
            let string = |text: &str| Tree::String(text.to_owned());
            add("code", Tree::String(problem.code.to_string()));
            add("severity", string(problem.severity.word()));
            add("pointer", Tree::String(problem.path.pointer()));
            add("message", string(&problem.message));
            add("hint", problem.hint.as_deref().map_or(Tree::Null, string));
            list.push(Tree::Attrs(attributes));
        }
        Tree::List(list)
    }
}
