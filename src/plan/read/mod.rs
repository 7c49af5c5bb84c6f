//! How values are read from an attribute tree, with every problem found on the way, and written as one again. No I/O, no
//! panics.
//!
//! Here is what all values have in common. How a value of one kind is read stands where the kind is declared.

mod field;
mod foreign;
mod nearest;
mod reader;
mod record;
mod text;
mod value;

pub use field::{Field, Presence, told};
#[cfg(feature = "reference")]
pub use field::{Shape, Variant};
pub use reader::Reader;
pub use record::Record;
#[cfg(feature = "reference")]
pub(crate) use record::TAG;
pub(crate) use record::{read_entries, read_into, read_variant, variant, write_from, write_variant};
pub use text::{Check, Mistake, Text};
pub(crate) use text::{quoted, read_text, strings, text_tree};
pub use value::Value;
