//! How the values are read that only `boot` has: numbers, Booleans, and values that may be one thing or a list of it.

use super::number::{narrow, number};
use tree::Tree;

use super::{Reader, Value};
use crate::many::{Initrds, MountPoints, Packages};
use crate::number::{Count, Timeout};
#[cfg(feature = "reference")]
use crate::section::Shape;
#[cfg(feature = "reference")]
use crate::text::{MountPoint, Source, StorePath};

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

impl Value for Count {
    const EXPECTED: &'static str = "a positive integer";

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Integer {
        minimum: 1,
        maximum: u32::MAX as i64,
    };

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        number(tree, reader, Self::EXPECTED, (1, u32::MAX.into()), None).map(|count| Self(narrow(count)))
    }

    fn write(&self) -> Tree {
        Tree::Int(i64::from(self.0))
    }
}

impl Value for Timeout {
    const EXPECTED: &'static str = "a number of seconds, or `null`";
    const TAKES_NULL: bool = true;

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Integer {
        minimum: 0,
        maximum: Self::MAX as i64,
    };

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        if *tree == Tree::Null {
            return Some(Self::Forever);
        }
        let hint = "write `null` to wait for ever";
        number(tree, reader, Self::EXPECTED, (0, Self::MAX.into()), Some(hint))
            .map(|seconds| Self::Seconds(narrow(seconds)))
    }

    fn write(&self) -> Tree {
        match self {
            Self::Seconds(seconds) => Tree::Int(i64::from(*seconds)),
            Self::Forever => Tree::Null,
        }
    }
}

/// Declares how a value is read that may be one thing or a list of it.
macro_rules! one_or_many {
    ($many:ident, $one:ident, $expected:literal) => {
        impl Value for $many {
            const EXPECTED: &'static str = $expected;

            #[cfg(feature = "reference")]
            const SHAPE: Shape = Shape::OneOrMany(&$one::SHAPE);

            fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
                match tree {
                    Tree::List(_) => Value::read(tree, reader).map(Self),
                    Tree::String(_) | Tree::Bare(_) | Tree::Path(_) => {
                        Value::read(tree, reader).map(|one| Self(vec![one]))
                    }
                    _ => {
                        reader.wrong_type(Self::EXPECTED, tree, None);
                        None
                    }
                }
            }

            fn write(&self) -> Tree {
                self.0.write()
            }
        }
    };
}

one_or_many!(
    Initrds,
    Source,
    "a path, a derivation or a store path, or a list of them"
);
one_or_many!(MountPoints, MountPoint, "an absolute path, or a list of them");
one_or_many!(Packages, StorePath, "a store path, or a list of them");
