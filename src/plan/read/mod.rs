//! Makes a plan of an attribute tree, and collects every problem on the way. No I/O, no panics.

mod boot;
mod disk;
mod foreign;
mod nearest;
mod number;
mod reader;
mod sets;
mod value;

pub use reader::Reader;
pub use sets::Record;
#[cfg(feature = "reference")]
pub(crate) use sets::TAG;
pub(crate) use sets::{read_into, read_variant, variant, write_from, write_variant};
pub use value::Value;

use tree::Tree;

use crate::Plan;
use crate::problem::Problem;

/// The name of [`Plan::built`]. The reader looks at it before anything else, because it says which attributes are
/// required.
pub(crate) const BUILT: &str = "built";

/// Reads a plan: gives what could be read of it, and every problem.
pub fn read(tree: &Tree) -> (Plan, Vec<Problem>) {
    let is_built = tree.attribute(BUILT) == Some(&Tree::Bool(true));
    let mut reader = Reader::of(is_built);
    let plan = Plan::read(tree, &mut reader).unwrap_or_default();
    (plan, reader.problems())
}

/// The attribute tree of a plan. [`read`] gives the same plan again.
pub fn write(plan: &Plan) -> Tree {
    plan.write()
}
