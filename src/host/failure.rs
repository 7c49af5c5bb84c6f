//! Why a command of the host tool failed, and its exit status.

use std::fmt::Display;

/// Why, with the text for people.
pub(crate) enum Failure {
    /// Something could not be done: status 1.
    Failed(String),
    /// The call itself is wrong: status 2.
    Usage(String),
    /// Something is wrong, and everything has been said already: status 1.
    AlreadyTold,
}

impl Failure {
    /// A failure with the text of `error`.
    pub(crate) fn failed(error: impl Display) -> Self {
        Self::Failed(error.to_string())
    }
}
