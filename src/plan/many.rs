//! Values that may be one thing or a list of it. Most plans name one, and write it without a list.

use tree::Tree;

#[cfg(feature = "reference")]
use crate::read::Shape;
use crate::read::{Reader, Value};
use crate::text::{MountPoint, Source, StorePath};

/// Initial RAM disks, in the order in which the kernel unpacks them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Initrds(pub Vec<Source>);

/// Mount points of EFI system partitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MountPoints(pub Vec<MountPoint>);

/// Packages. Each has a part of what is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packages(pub Vec<StorePath>);

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
