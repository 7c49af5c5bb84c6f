//! How a call of the host tool ends other than well.

use std::fmt::Display;

/// Why, with the text for people.
pub(crate) enum Failure {
    /// Something could not be done: status 1.
    Failed(String),
    /// The call itself is wrong: status 2.
    Usage(String),
    /// Something is wrong, and everything has been said already: status 1.
    Said,
}

impl Failure {
    /// Of an error that says why something could not be done.
    pub(crate) fn failed(error: impl Display) -> Self {
        Self::Failed(error.to_string())
    }
}
