//! What all rooms share, without I/O: the attribute tree and its JSON, how structs are read from it, digests, paths, and the
//! words of errors.

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

/// The version of these programs, as in `Cargo.toml`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
