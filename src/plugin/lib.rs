//! The Nix evaluator plugin: what Nix calls (`bridge`, with the C++ in `cpp/`), kept from unwinding into it (`guard`), and what
//! `:doc` tells of the builtins (`documentation`).
//!
//! It knows Nix's values as attribute trees and a plan as what the room `plan` makes of one.

#[cfg(feature = "nix")]
mod bridge;
#[cfg(any(test, feature = "nix"))]
mod documentation;
#[cfg(any(test, feature = "nix"))]
mod guard;
