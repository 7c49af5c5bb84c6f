//! Keeps a panic from leaving Rust: an `extern "Rust"` function of the bridge that unwinds would abort the evaluator.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use thiserror::Error;

/// A bug in this program, told to the user.
#[derive(Debug, Error)]
#[error("{0}; this is a bug in nix-system-installer {version}, please report it", version = crate::VERSION)]
pub(crate) struct Bug(String);

impl Bug {
    /// `what` went wrong: lower case, no final period.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// What `action` gives; a panic in it becomes a [`Bug`] with the panic's message.
pub(crate) fn guard<T>(action: impl FnOnce() -> Result<T, Bug>) -> Result<T, Bug> {
    catch_unwind(AssertUnwindSafe(action)).unwrap_or_else(|panic| Err(Bug(message(panic.as_ref()))))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_that_asks_for_a_report() {
        let result = guard(|| -> Result<(), Bug> { panic!("no step {}", 7) });
        let text = result.unwrap_err().to_string();
        assert!(text.starts_with("no step 7; this is a bug"), "{text}");
        assert!(text.ends_with("please report it"), "{text}");
    }

    #[test]
    fn what_did_not_panic_comes_through() {
        assert_eq!(guard(|| Ok(3)).unwrap(), 3);
        let result = guard(|| -> Result<(), Bug> { Err(Bug::new("no step 8")) });
        assert!(result.unwrap_err().to_string().starts_with("no step 8; this is a bug"));
    }
}
