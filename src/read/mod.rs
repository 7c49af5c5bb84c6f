//! Attribute tree to plan, collecting problems. No I/O, no panics.

mod tree;

pub use tree::{Tree, Unusable};
