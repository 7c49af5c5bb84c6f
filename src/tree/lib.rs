//! What all crates share: the attribute tree and its JSON, the reading of structs from it, digests, paths, and the
//! wording of errors. No I/O.

mod fields;
mod file_error;
mod json;
mod value;

pub mod digest;
pub mod errno;
pub mod path;
pub mod printable;
pub mod program_output;

pub use fields::{Fields, FromTree};
pub use file_error::{FileError, OneLine};
pub use value::{Tree, Unusable};

/// The version of these programs, from `Cargo.toml`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
