//! What a run did or would do, for people and as JSON.

use std::fmt;

use serde::Serialize;

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The plan was in place already.
    Unchanged,
    /// The prefix was bare, or not finished.
    Initialised,
    /// The prefix had another plan.
    Changed,
}

/// One change to the prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// `create`, `update`, `attributes`, `remove`, `add`, `change`, `write`, `run`.
    pub action: &'static str,
    /// `directory`, `file`, `link`, `account`, `machine-id`, `profile`, `hook`.
    pub what: &'static str,
    /// A path beneath the prefix, an account's name, a hook's command.
    pub subject: String,
}

/// Something that the plan wants otherwise, and that was left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// A path beneath the prefix, or an account.
    pub subject: String,
    /// Why.
    pub reason: String,
}

/// What a run did, or with `--dry-run` would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The plan's name.
    pub name: String,
    /// The prefix.
    pub prefix: String,
    /// The outcome.
    pub outcome: Outcome,
    /// The changes, in order.
    pub steps: Vec<Step>,
    /// What was kept.
    pub kept: Vec<Kept>,
    /// Paths whose owner or mode the kernel refused.
    pub owners_pending: Vec<String>,
    /// Anything else that a person should know.
    pub warnings: Vec<String>,
    /// Whether nothing was changed because `--dry-run` was given.
    pub dry_run: bool,
}

impl Report {
    /// A report without steps.
    pub fn new(name: &str, prefix: &str, outcome: Outcome, dry_run: bool) -> Self {
        Self {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
            outcome,
            steps: Vec::new(),
            kept: Vec::new(),
            owners_pending: Vec::new(),
            warnings: Vec::new(),
            dry_run,
        }
    }

    /// Adds a step.
    pub fn step(&mut self, action: &'static str, what: &'static str, subject: impl Into<String>) {
        self.steps.push(Step {
            action,
            what,
            subject: subject.into(),
        });
    }

    /// Adds something kept.
    pub fn keep(&mut self, subject: impl Into<String>, reason: impl Into<String>) {
        self.kept.push(Kept {
            subject: subject.into(),
            reason: reason.into(),
        });
    }

    /// What went otherwise than planned, a line each.
    pub fn remarks(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .kept
            .iter()
            .map(|kept| format!("kept {}: {}", kept.subject, kept.reason))
            .collect();
        if let Some(first) = self.owners_pending.first() {
            lines.push(format!(
                "warning: owner or mode of {} not set ({first} and so on): the kernel refuses them here; \
                 run again as root, or take them from `--owners=FILE`",
                count(self.owners_pending.len(), "path", "paths")
            ));
        }
        lines.extend(self.warnings.iter().map(|warning| format!("warning: {warning}")));
        lines
    }

    /// What was done, on one line.
    pub fn summary(&self) -> String {
        let verb = match (self.outcome, self.dry_run) {
            (Outcome::Unchanged, _) => return format!("`{}`: nothing to do for `{}`", self.prefix, self.name),
            (Outcome::Initialised, false) => "initialised for",
            (Outcome::Initialised, true) => "would be initialised for",
            (Outcome::Changed, false) => "changed to",
            (Outcome::Changed, true) => "would change to",
        };
        let kinds = [
            ("directory", "directory", "directories"),
            ("file", "file", "files"),
            ("link", "link", "links"),
            ("account", "account", "accounts"),
            ("hook", "hook", "hooks"),
        ];
        let counts: Vec<String> = kinds
            .iter()
            .map(|(what, one, many)| (self.steps.iter().filter(|step| step.what == *what).count(), one, many))
            .filter(|(n, ..)| *n > 0)
            .map(|(n, one, many)| count(n, one, many))
            .collect();
        let counts = if counts.is_empty() {
            "no file changed".to_owned()
        } else {
            counts.join(", ")
        };
        format!("`{}`: {verb} `{}`: {counts}", self.prefix, self.name)
    }
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

impl fmt::Display for Report {
    /// With `--dry-run` each step on a line of its own; then what went otherwise than planned, and a summary.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dry_run {
            for step in &self.steps {
                writeln!(f, "{} {} {}", step.action, step.what, step.subject)?;
            }
        }
        for line in self.remarks() {
            writeln!(f, "{line}")?;
        }
        writeln!(f, "{}", self.summary())
    }
}
