//! `nix-system-installer`: one Nix expression gives a system that initialises itself and makes its own disk boot.
//!
//! Evaluation side, without I/O: [`plan`] is the vocabulary, [`read`] turns an attribute tree into a plan, [`check`]
//! holds the rules across its sections, [`emit`] writes the steps that the scripts carry, [`diagnostic`] is how a
//! problem is told. The bridge (feature `plugin`) hands all that to Nix.
//!
//! Run side, which never sees Nix: [`prefix`] gives access to files beneath a prefix and nowhere else; [`run`] holds the
//! steps `build`, `pre-init`, `post-init`, `init` and `pre-boot`.

#[cfg(feature = "plugin")]
mod bridge;
pub mod check;
pub mod diagnostic;
pub mod emit;
pub mod plan;
pub mod prefix;
pub mod read;
pub mod run;

/// The version of this package, as in `Cargo.toml`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
