//! How numbers are read.

use tree::Tree;

use super::{Reader, Value};
use crate::number::Whole;
use crate::problem::code;
#[cfg(feature = "reference")]
use crate::section::Shape;

/// Reads an integer between the bounds of `range`, both included. `hint` is told for one that is too small.
pub(super) fn number(
    tree: &Tree,
    reader: &mut Reader,
    expected: &str,
    range: (i64, i64),
    hint: Option<&str>,
) -> Option<i64> {
    let (least, most) = range;
    let Tree::Int(integer) = tree else {
        let hint = match tree {
            Tree::String(text) if text.parse::<u32>().is_ok() => Some(format!("write `{text}` without quotes")),
            _ => None,
        };
        reader.wrong_type(expected, tree, hint);
        return None;
    };
    let number = Some(*integer).filter(|number| (least..=most).contains(number));
    if number.is_none() {
        let message = format!("`{integer}` is not from {least} to {most}");
        let hint = hint.filter(|_| *integer < least);
        reader.report(code::OUT_OF_RANGE, message, hint.map(str::to_owned));
    }
    number
}

/// Makes 32 bits of a number that [`number`] has found in their range.
pub(super) fn narrow(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl<const MIN: i64, const MAX: i64> Value for Whole<MIN, MAX> {
    const EXPECTED: &'static str = "an integer";

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Integer {
        minimum: MIN,
        maximum: MAX,
    };

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        number(tree, reader, Self::EXPECTED, (MIN, MAX), None).map(Self)
    }

    fn write(&self) -> Tree {
        Tree::Int(self.0)
    }
}
