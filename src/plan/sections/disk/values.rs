//! How the values are read that only disks have: contents within contents, and settings that disko hands on.

use tree::Tree;

use super::{Content, Settings};
use crate::problem::code;
#[cfg(feature = "reference")]
use crate::read::Shape;
use crate::read::{Reader, Value};

impl Value for Box<Content> {
    const EXPECTED: &'static str = <Content as Value>::EXPECTED;

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Again(&["disks", "<name>", "content"]);

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        Content::read(tree, reader).map(Self::new)
    }

    fn write(&self) -> Tree {
        Content::write(self)
    }
}

impl Value for Settings {
    const EXPECTED: &'static str = "an attribute set";

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Free;

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        if !matches!(tree, Tree::Attrs(_)) {
            reader.wrong_type(Self::EXPECTED, tree, None);
            return None;
        }
        look(tree, reader);
        Some(Self(tree.clone()))
    }

    fn write(&self) -> Tree {
        self.0.clone()
    }
}

/// Notes what no plan can hold. It recurses without a limit of its own: the evaluator's side and the parser of JSON
/// refuse trees that are too deep.
fn look(tree: &Tree, reader: &mut Reader) {
    match tree {
        Tree::Null | Tree::Bool(_) | Tree::Int(_) => {}
        Tree::String(_) | Tree::Bare(_) | Tree::Path(_) => {
            reader.string("a string", tree, false);
        }
        Tree::Float(_) | Tree::Unusable(_) => {
            reader.wrong_type("a Boolean, an integer, a string, a list or a set", tree, None);
        }
        Tree::List(elements) => {
            for (index, element) in elements.iter().enumerate() {
                reader.at_index(index, |reader| look(element, reader));
            }
        }
        Tree::Attrs(attrs) => {
            for (name, value) in attrs {
                reader.at_name(name, |reader| {
                    if name.contains('\0') {
                        reader.report(code::NUL_BYTE, "the name holds a NUL byte", None);
                    }
                    look(value, reader);
                });
            }
        }
    }
}
