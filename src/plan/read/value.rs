//! How each kind of value is read from an attribute tree and written as one again.

use tree::Tree;

use super::Reader;
#[cfg(feature = "reference")]
use super::Shape;

/// A kind of value in a plan.
pub trait Value: Sized {
    /// What messages call it: `a string`.
    const EXPECTED: &'static str;
    /// Whether `null` is a value of this kind. Otherwise `null` means that the attribute is left out.
    const TAKES_NULL: bool = false;

    /// What the value can be, for the reference and the schema.
    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Any;

    /// Reads the value, or notes why it cannot be read.
    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self>;

    /// Writes the value. [`Value::read`] gives the same value again.
    fn write(&self) -> Tree;

    /// The value in a map for an entry that could not be read. The entry's name then exists, and references to it are
    /// no further problem.
    fn placeholder() -> Option<Self> {
        None
    }
}

impl<T: Value> Value for Vec<T> {
    const EXPECTED: &'static str = "a list";

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::List(&T::SHAPE);

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        let Tree::List(elements) = tree else {
            reader.wrong_type(Self::EXPECTED, tree, None);
            return None;
        };
        let read = |(index, element)| reader.at_index(index, |reader| T::read(element, reader));
        Some(elements.iter().enumerate().filter_map(read).collect())
    }

    fn write(&self) -> Tree {
        Tree::List(self.iter().map(Value::write).collect())
    }
}

impl Value for bool {
    const EXPECTED: &'static str = "a Boolean";

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Boolean;

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        if let Tree::Bool(value) = tree {
            return Some(*value);
        }
        let hint = match tree {
            Tree::String(text) if text == "true" || text == "false" => Some(format!("write `{text}` without quotes")),
            _ => None,
        };
        reader.wrong_type(Self::EXPECTED, tree, hint);
        None
    }

    fn write(&self) -> Tree {
        Tree::Bool(*self)
    }
}
