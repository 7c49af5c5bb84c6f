//! Attribute tree to plan, collecting problems. No I/O, no panics.

mod boot;
mod disk;
mod fields;
mod foreign;
mod json;
mod nearest;
mod number;
mod reader;
mod sets;
mod tree;
mod value;

pub(crate) use fields::fields;
pub use fields::{Fields, FromTree};
pub use reader::Reader;
pub use sets::Record;
#[cfg(any(test, feature = "plugin"))]
pub(crate) use sets::TAG;
pub(crate) use sets::{read_into, read_variant, variant, write_from, write_variant};
pub use tree::{Tree, Unusable};
pub use value::Value;

use crate::diagnostic::Problem;
use crate::plan::Plan;

/// Reads a plan: what could be read of it, and every problem on the way.
pub fn read(tree: &Tree) -> (Plan, Vec<Problem>) {
    let mut reader = Reader::default();
    let plan = Plan::read(tree, &mut reader).unwrap_or_default();
    (plan, reader.problems())
}

/// The attribute tree of a plan: what [`read`] would read as the same plan.
pub fn write(plan: &Plan) -> Tree {
    plan.write()
}
