//! The Nix evaluator plugin: what Nix calls (`bridge`, with the C++ in `cpp/`), kept from unwinding into it (`guard`), and what
//! `:doc` tells of the builtins (`documentation`).
//!
//! Here, Nix's values are attribute trees. What a plan is, the crate `plan` knows.

#[cfg(feature = "nix")]
mod bridge;
#[cfg(any(test, feature = "nix"))]
mod documentation;
#[cfg(any(test, feature = "nix"))]
mod guard;
