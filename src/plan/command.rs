//! Commands: a program and its words.

use tree::Tree;

use crate::problem::code;
#[cfg(feature = "reference")]
use crate::read::Shape;
use crate::read::{Reader, Value};
use crate::text::Word;

/// A command: the absolute path of a program and its arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Command(pub Vec<Word>);

impl Value for Command {
    const EXPECTED: &'static str = "a list of strings";

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::List(&Word::SHAPE);

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        let Tree::List(elements) = tree else {
            let hint = matches!(tree, Tree::String(_) | Tree::Bare(_))
                .then(|| "write each word as an element of a list".to_owned());
            reader.wrong_type(Self::EXPECTED, tree, hint);
            return None;
        };
        let words = Vec::read(tree, reader)?;
        match elements.first() {
            None => {
                let hint = Some("write the absolute path of a program, then its arguments".to_owned());
                reader.report(code::EMPTY_COMMAND, "the command is empty", hint);
            }
            Some(Tree::String(program)) if !program.starts_with('/') => reader.at_index(0, |reader| {
                let hint = Some("there is no PATH to look it up in: write `\"${package}/bin/program\"`".to_owned());
                reader.report(code::BAD_COMMAND, "the program is not an absolute path", hint);
            }),
            Some(_) => {}
        }
        Some(Self(words))
    }

    fn write(&self) -> Tree {
        self.0.write()
    }
}
