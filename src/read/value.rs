//! How each kind of value is read from an attribute tree and written as one again.

use std::collections::BTreeMap;

use super::nearest::nearest;
use super::{Reader, Tree};
use crate::diagnostic::code;
use crate::plan::section::{Field, Presence};
use crate::plan::step::Mode;
use crate::plan::text::{Mistake, Text};
use crate::plan::{Command, Id, Map};

/// A value of a plan.
pub trait Value: Sized {
    /// What it is, as messages say it: `a string`.
    const EXPECTED: &'static str;

    /// Reads it, or notes why not.
    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self>;

    /// Writes it so that [`Value::read`] gives the same again.
    fn write(&self) -> Tree;

    /// What stands in a map for an entry that could not be read, so that references to its name still hold.
    fn placeholder() -> Option<Self> {
        None
    }
}

/// A section, as [`section!`](crate::plan::section) declares it.
pub trait Record: Default {
    /// What it is, as messages say it.
    const EXPECTED: &'static str;
    /// Its attributes.
    const FIELDS: &'static [Field];
    /// The attribute that a value other than a set stands for.
    const SHORT: Option<&'static str> = None;

    /// Reads the attribute `name`, one of [`Self::FIELDS`].
    fn read_field(&mut self, name: &str, tree: &Tree, reader: &mut Reader);

    /// Writes the attributes that are given.
    fn write_fields(&self) -> Vec<(&'static str, Tree)>;
}

impl<R: Record> Value for R {
    const EXPECTED: &'static str = <R as Record>::EXPECTED;

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        let mut record = R::default();
        let attrs = match (tree, R::SHORT) {
            (Tree::Attrs(attrs), _) => attrs,
            (Tree::String(_) | Tree::Path(_), Some(name)) => {
                record.read_field(name, tree, reader);
                return Some(record);
            }
            _ => {
                reader.wrong_type(<R as Record>::EXPECTED, tree, None);
                return None;
            }
        };
        // What unknown attributes were probably meant to be: they are misspelt, and not missing as well.
        let mut meant = Vec::new();
        for (name, value) in attrs {
            reader.at_name(name, |reader| match R::FIELDS.iter().find(|field| field.name == name) {
                None => {
                    let near = nearest(name, R::FIELDS.iter().map(|field| field.name));
                    meant.extend(near);
                    let hint = Some(hint_for_unknown(near, R::FIELDS));
                    reader.report(code::UNKNOWN_ATTRIBUTE, "there is no such attribute", hint);
                }
                Some(field) if *value == Tree::Null && field.presence != Presence::Required => {}
                Some(_) => record.read_field(name, value, reader),
            });
        }
        for field in R::FIELDS.iter().filter(|field| field.presence == Presence::Required) {
            if !meant.contains(&field.name) && !attrs.iter().any(|(name, _)| name == field.name) {
                reader.at_name(field.name, |reader| {
                    let hint = Some(format!("write `{} = {};`", field.name, field.example));
                    reader.report(code::MISSING_ATTRIBUTE, "the attribute is missing", hint);
                });
            }
        }
        Some(record)
    }

    fn write(&self) -> Tree {
        // Sorted by name, as Nix has them; there are few, and generic code for each section's sort is what a small
        // runtime can do without.
        let mut fields: Vec<(String, Tree)> = Vec::new();
        for (name, tree) in self.write_fields() {
            let place = fields
                .iter()
                .position(|(other, _)| other.as_str() > name)
                .unwrap_or(fields.len());
            fields.insert(place, (name.to_owned(), tree));
        }
        Tree::Attrs(fields)
    }

    fn placeholder() -> Option<Self> {
        Some(Self::default())
    }
}

/// What to write instead of an unknown name.
fn hint_for_unknown(near: Option<&str>, fields: &[Field]) -> String {
    if let Some(near) = near {
        return format!("did you mean `{near}`?");
    }
    let known: Vec<String> = fields.iter().map(|field| format!("`{}`", field.name)).collect();
    format!("known here: {}", known.join(", "))
}

/// Every kind of string is read in the same way.
macro_rules! strings {
    ($($text:ty),+ $(,)?) => {$(
        impl Value for $text {
            const EXPECTED: &'static str = <$text as Text>::EXPECTED;

            fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
                read_text(tree, reader)
            }

            fn write(&self) -> Tree {
                if self.is_path() { Tree::Path(self.text().to_owned()) } else { Tree::String(self.text().to_owned()) }
            }
        }
    )+};
}

strings! {
    crate::plan::step::MachineId,
    crate::plan::step::OnChange,
    crate::plan::text::AccountName,
    crate::plan::text::Base,
    crate::plan::text::Contents,
    crate::plan::text::Description,
    crate::plan::text::HashedPassword,
    crate::plan::text::Home,
    crate::plan::text::HostName,
    crate::plan::text::Name,
    crate::plan::text::Owner,
    crate::plan::text::PasswordFile,
    crate::plan::text::Shell,
    crate::plan::text::Source,
    crate::plan::text::StorePath,
    crate::plan::text::System,
    crate::plan::text::Target,
    crate::plan::text::TargetSystem,
    crate::plan::text::Variable,
    crate::plan::text::Word,
}

fn read_text<T: Text>(tree: &Tree, reader: &mut Reader) -> Option<T> {
    if let Tree::Int(integer) = tree {
        reader.wrong_type(T::EXPECTED, tree, T::hint_for_integer(*integer));
        return None;
    }
    let (text, is_path) = reader.string(T::EXPECTED, tree, T::TAKES_PATHS)?;
    T::parse(text, is_path).map_err(|mistake| reader.mistake(mistake)).ok()
}

impl Value for Mode {
    const EXPECTED: &'static str = "a mode in a string";

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        if let Tree::Int(digits) = tree {
            // Nix reads 0644 as the number 644: the digits are right, and only the quotes are missing.
            let quoted = format!("{digits:04}");
            let hint = Mode::parse(&quoted)
                .is_ok()
                .then(|| format!("quote it: `\"{quoted}\"`"));
            reader.wrong_type(Self::EXPECTED, tree, hint);
            return None;
        }
        let (text, _) = reader.string(Self::EXPECTED, tree, false)?;
        Self::parse(text).map_err(|mistake| reader.mistake(mistake)).ok()
    }

    fn write(&self) -> Tree {
        Tree::String(String::from(*self))
    }
}

impl Value for Id {
    const EXPECTED: &'static str = "an integer";

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

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        let Tree::List(elements) = tree else {
            let hint = matches!(tree, Tree::String(_)).then(|| "write each word as an element of a list".to_owned());
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

impl<K: Text, V: Value> Value for Map<K, V> {
    const EXPECTED: &'static str = "an attribute set";

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        let Tree::Attrs(attrs) = tree else {
            reader.wrong_type(Self::EXPECTED, tree, None);
            return None;
        };
        let mut entries = BTreeMap::new();
        for (name, tree) in attrs {
            reader.at_name(name, |reader| {
                let known = if name.contains('\0') {
                    Err(Mistake::new(code::NUL_BYTE, "the name holds a NUL byte"))
                } else {
                    K::parse(name, false).map(|_| ())
                };
                let valid = known.map_err(|mistake| reader.mistake(mistake)).is_ok();
                if *tree == Tree::Null {
                    entries.extend(valid.then(|| (name.clone(), None)));
                } else if let Some(value) = V::read(tree, reader).or_else(V::placeholder).filter(|_| valid) {
                    entries.insert(name.clone(), Some(value));
                }
            });
        }
        Some(Self::new(entries))
    }

    fn write(&self) -> Tree {
        let entry =
            |(name, value): (&String, &Option<V>)| (name.clone(), value.as_ref().map_or(Tree::Null, Value::write));
        Tree::Attrs(self.entries.iter().map(entry).collect())
    }
}
