//! Keeps a panic from leaving Rust: an `extern "Rust"` function of the bridge that unwinds would abort the evaluator.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use thiserror::Error;

/// A bug in this program, told to the user.
#[derive(Debug, Error)]
#[error("{0}; this is a bug in nix-system-installer {version}, please report it", version = tree::VERSION)]
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
    fn every_function_that_the_evaluator_calls_is_guarded_or_names_a_constant() {
        // The bridge itself is compiled in the plugin alone.
        let bridge = include_str!("bridge.rs");
        let (_, rest) = bridge.split_once("    extern \"Rust\" {\n").unwrap();
        let (declarations, _) = rest.split_once("\n    }").unwrap();
        let mut guarded = 0;
        for declaration in declarations.lines() {
            let (signature, result) = declaration.split_once(" -> ").unwrap();
            if result.starts_with("&'static ") {
                continue;
            }
            assert!(result.starts_with("Result<"), "`{}` can abort", declaration.trim());
            let name = signature
                .trim()
                .strip_prefix("fn ")
                .and_then(|rest| rest.split('(').next());
            let (_, definition) = bridge.split_once(&format!("\nfn {}(", name.unwrap())).unwrap();
            let (body, _) = definition.split_once("\n}\n").unwrap();
            assert!(body.contains("    guard(|| "), "`{}` can abort", declaration.trim());
            guarded += 1;
        }
        assert!(guarded >= 5, "{declarations}");
    }

    #[test]
    fn what_did_not_panic_comes_through() {
        assert_eq!(guard(|| Ok(3)).unwrap(), 3);
        let result = guard(|| -> Result<(), Bug> { Err(Bug::new("no step 8")) });
        assert!(result.unwrap_err().to_string().starts_with("no step 8; this is a bug"));
    }
}
