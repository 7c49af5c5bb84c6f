//! What a run of `pre-boot` did or would do, for people and as JSON.

use std::fmt;

use boot::operation::Description;
use serde::Serialize;

/// What a run did, or with `--dry-run` would do.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The plan's name.
    pub name: String,
    /// `unchanged` or `installed`.
    pub outcome: &'static str,
    /// The operations, in order.
    pub steps: Vec<Description>,
    /// Warnings for a person.
    pub warnings: Vec<String>,
    /// Whether nothing was changed because `--dry-run` was given.
    pub dry_run: bool,
    /// Whether the plan has a boot loader.
    #[serde(skip)]
    pub(super) has_loader: bool,
}

impl fmt::Display for Report {
    /// With `--dry-run` each step on a line of its own; then the warnings, and a summary.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        if self.dry_run {
            for step in &self.steps {
                writeln!(f, "{step}")?;
            }
        }
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}")?;
        }
        match (self.has_loader, self.steps.len()) {
            (false, _) => writeln!(f, "nothing to install: the plan of `{name}` has no boot loader"),
            (true, 0) => writeln!(f, "nothing to do: the boot loader of `{name}` is in place"),
            (true, n) => {
                let verb = if self.dry_run {
                    "would be installed"
                } else {
                    "is installed"
                };
                let steps = if n == 1 { "step" } else { "steps" };
                writeln!(f, "the boot loader of `{name}` {verb}: {n} {steps}")
            }
        }
    }
}
