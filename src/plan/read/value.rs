//! How each kind of value is read from an attribute tree and written as one again.

use tree::Tree;

use super::Reader;
use crate::problem::code;
#[cfg(feature = "reference")]
use crate::section::Shape;
#[cfg(feature = "reference")]
use crate::text::Word;
use crate::text::{Check, Mistake, Text, mode};
use crate::{Command, Id};
use step::Mode;

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

/// Declares how strings are read: all kinds in the same way.
macro_rules! strings {
    ($($text:ty),+ $(,)?) => {$(
        impl Value for $text {
            const EXPECTED: &'static str = <$text as Text>::EXPECTED;

            #[cfg(feature = "reference")]
            const SHAPE: Shape = Shape::Text {
                words: <$text as Text>::WORDS,
                pattern: <$text as Text>::PATTERN,
            };

            fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
                read_text(tree, reader)
            }

            fn write(&self) -> Tree {
                text_tree(self.text(), self.is_path())
            }
        }
    )+};
}

strings! {
    step::MachineId,
    step::OnChange,
    crate::text::AccountName,
    crate::text::Base,
    crate::text::ByteSize,
    crate::text::Contents,
    crate::text::Description,
    crate::text::Device,
    crate::text::DeviceName,
    crate::text::DeviceTreeName,
    crate::text::DevicePath,
    crate::text::DiscardPolicy,
    crate::text::DiskType,
    crate::text::FileName,
    crate::text::GrubCommands,
    crate::text::Guid,
    crate::text::HashedPassword,
    crate::text::Home,
    crate::text::HostName,
    crate::text::ImageFormat,
    crate::text::ImageSize,
    crate::text::KernelParameter,
    crate::text::Label,
    crate::text::MbrType,
    crate::text::MountField,
    crate::text::MountPath,
    crate::text::MountPoint,
    crate::text::Name,
    crate::text::Owner,
    crate::text::PartType,
    crate::text::PartedPlace,
    crate::text::PartitionName,
    crate::text::PartitionSize,
    crate::text::PartitionType,
    crate::text::PasswordFile,
    crate::text::Place,
    crate::text::Script,
    crate::text::Shell,
    crate::text::Source,
    crate::text::StorePath,
    crate::text::System,
    crate::text::TableFormat,
    crate::text::Target,
    crate::text::TargetSystem,
    crate::text::Variable,
    crate::text::Word,
}

fn read_text<T: Text>(tree: &Tree, reader: &mut Reader) -> Option<T> {
    let kind = Kind {
        expected: T::EXPECTED,
        takes_paths: T::TAKES_PATHS,
        in_store: T::IN_STORE,
        hint_for_integer: T::hint_for_integer,
    };
    if let Some(check) = T::CHECK {
        let (text, is_path) = read_checked(tree, reader, &kind, check)?;
        return T::checked(text, is_path);
    }
    let mut value = None;
    read_string(tree, reader, &kind, &mut |text, is_path| {
        value = Some(T::parse(text, is_path)?);
        Ok(())
    });
    value
}

/// What is to be known of a kind of string, so that all kinds are read by the same code.
struct Kind {
    expected: &'static str,
    takes_paths: bool,
    in_store: bool,
    hint_for_integer: fn(i64) -> Option<String>,
}

#[inline(never)]
fn read_checked(tree: &Tree, reader: &mut Reader, kind: &Kind, check: Check) -> Option<(String, bool)> {
    let mut value = None;
    read_string(tree, reader, kind, &mut |text, is_path| {
        check(text, is_path)?;
        value = Some((text.to_owned(), is_path));
        Ok(())
    });
    value
}

fn read_string(
    tree: &Tree,
    reader: &mut Reader,
    kind: &Kind,
    parse: &mut dyn FnMut(&str, bool) -> Result<(), Mistake>,
) {
    if let Tree::Int(integer) = tree {
        reader.wrong_type(kind.expected, tree, (kind.hint_for_integer)(*integer));
        return;
    }
    let Some((text, is_path)) = reader.string(kind.expected, tree, kind.takes_paths) else {
        return;
    };
    if let Err(mistake) = parse(text, is_path) {
        reader.mistake(mistake);
    } else if kind.in_store && matches!(tree, Tree::Bare(_)) {
        let hint = format!("write `builtins.storePath \"{text}\"`, or the derivation that it comes from");
        let message = "the string has no context, and a build would not find what it names";
        reader.report(code::NO_CONTEXT, message, Some(hint));
    }
}

/// The tree of a string or a path value.
#[inline(never)]
fn text_tree(text: &str, is_path: bool) -> Tree {
    if is_path {
        Tree::Path(text.to_owned())
    } else {
        Tree::String(text.to_owned())
    }
}

impl Value for Mode {
    const EXPECTED: &'static str = "a mode in a string";

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Text {
        words: &[],
        pattern: Some("^[0-7]{3,4}$"),
    };

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        if let Tree::Int(digits) = tree {
            // Nix reads 0644 as the number 644: the digits are right, and only the quotes are missing.
            let quoted = format!("{digits:04}");
            let hint = mode(&quoted).is_ok().then(|| format!("quote it: `\"{quoted}\"`"));
            reader.wrong_type(Self::EXPECTED, tree, hint);
            return None;
        }
        let (text, _) = reader.string(Self::EXPECTED, tree, false)?;
        mode(text).map_err(|mistake| reader.mistake(mistake)).ok()
    }

    fn write(&self) -> Tree {
        Tree::String(String::from(*self))
    }
}

impl Value for Id {
    const EXPECTED: &'static str = "an integer";

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Integer {
        minimum: 0,
        maximum: u32::MAX as i64 - 1,
    };

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        let Tree::Int(integer) = tree else {
            let hint = match tree {
                Tree::String(text) if text.parse::<u32>().is_ok() => Some(format!("write `{text}` without quotes")),
                _ => None,
            };
            reader.wrong_type(Self::EXPECTED, tree, hint);
            return None;
        };
        match u32::try_from(*integer) {
            Ok(id) if Self::is_usable(id) => Some(Self(id)),
            _ => {
                let hint = "ids go from 0 to 4294967294, without 65535".to_owned();
                reader.report(
                    code::BAD_ID,
                    format!("`{integer}` is not a user or group id"),
                    Some(hint),
                );
                None
            }
        }
    }

    fn write(&self) -> Tree {
        Tree::Int(i64::from(self.0))
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
