//! How attribute sets are read: sections, whose attributes are declared, and maps, whose names the author chooses.
//!
//! What all of them have in common is compiled once, behind `dyn`: compiled for each section, it would make the
//! programs much larger.

use super::nearest::nearest;
use tree::Tree;

#[cfg(feature = "reference")]
use super::Shape;
use super::{Field, Mistake, Reader, Text, Value, foreign, quoted};
use crate::problem::code;

/// A section, as [`section!`](crate::section) declares it.
pub trait Record: Default {
    /// What messages call it: `an attribute set with ...`.
    const EXPECTED: &'static str;
    /// Its attributes.
    const FIELDS: &'static [Field];
    /// The attributes that it shares with other sections.
    const MORE: &'static [Field] = &[];
    /// The attribute that a value stands for if it is not a set.
    const SHORT: Option<&'static str> = None;

    /// Reads the attribute `name`, one of [`Self::FIELDS`] or [`Self::MORE`].
    fn read_field(&mut self, name: &str, tree: &Tree, reader: &mut Reader);

    /// Writes the attributes that are given.
    fn write_fields(&self) -> Vec<(&'static str, Tree)>;
}

impl<R: Record> Value for R {
    const EXPECTED: &'static str = <R as Record>::EXPECTED;

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Record {
        fields: R::FIELDS,
        more: R::MORE,
        short: R::SHORT,
    };

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        let mut record = R::default();
        let mut read_field = |name: &str, tree: &Tree, reader: &mut Reader| record.read_field(name, tree, reader);
        read_record(tree, reader, &Form::of::<R>(None), &mut read_field).then_some(record)
    }

    fn write(&self) -> Tree {
        write_record(self.write_fields())
    }

    fn placeholder() -> Option<Self> {
        Some(Self::default())
    }
}

/// Reads the value of an attribute. It is compiled for each kind of value and not for each attribute, which keeps
/// programs small.
#[inline(never)]
pub fn read_into<T: Value>(value: &mut Option<T>, tree: &Tree, reader: &mut Reader) {
    *value = T::read(tree, reader);
}

/// Writes the value of an attribute, if there is one. It is compiled for each kind of value, too.
#[inline(never)]
pub fn write_from<T: Value>(value: Option<&T>, name: &'static str, fields: &mut Vec<(&'static str, Tree)>) {
    if let Some(value) = value {
        put(fields, name, value.write());
    }
}

#[inline(never)]
fn put(fields: &mut Vec<(&'static str, Tree)>, name: &'static str, tree: Tree) {
    fields.push((name, tree));
}

/// Sorts attributes by name, as Nix does. There are few of them: insertion in place needs less code than a sort for
/// each section.
fn write_record(written: Vec<(&'static str, Tree)>) -> Tree {
    let mut fields: Vec<(String, Tree)> = Vec::new();
    for (name, tree) in written {
        let place = fields
            .iter()
            .position(|(other, _)| other.as_str() > name)
            .unwrap_or(fields.len());
        fields.insert(place, (name.to_owned(), tree));
    }
    Tree::Attrs(fields)
}

/// The attribute that says which of several sections a value is.
pub const TAG: &str = "type";

/// The word among `words` that says which section the value is. `None` if the value does not say it.
pub fn variant(tree: &Tree, reader: &mut Reader, expected: &str, words: &[&'static str]) -> Option<&'static str> {
    if !matches!(tree, Tree::Attrs(_)) {
        reader.wrong_type(expected, tree, None);
        return None;
    }
    let known = || {
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        format!("write one of {}", words.join(", "))
    };
    reader.at_name(TAG, |reader| {
        let Some(tag) = tree.attribute(TAG) else {
            reader.report(code::MISSING_ATTRIBUTE, "the attribute is missing", Some(known()));
            return None;
        };
        let (text, _) = reader.string("a string", tag, false)?;
        let word = words.iter().find(|word| **word == text);
        if word.is_none() {
            let hint = nearest(text, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let message = format!("{} is not a known word", quoted(text));
            reader.report(code::UNKNOWN_WORD, message, Some(hint.unwrap_or_else(known)));
        }
        word.copied()
    })
}

/// Reads a section whose word [`variant`] has found.
pub fn read_variant<R: Record>(tree: &Tree, reader: &mut Reader) -> Option<Box<R>> {
    let mut record = Box::new(R::default());
    let mut read_field = |name: &str, tree: &Tree, reader: &mut Reader| record.read_field(name, tree, reader);
    read_record(tree, reader, &Form::of::<R>(Some(TAG)), &mut read_field).then_some(record)
}

/// The attribute set of a section whose word is `word`.
pub fn write_variant(word: &str, mut fields: Vec<(&'static str, Tree)>) -> Tree {
    fields.push((TAG, Tree::String(word.to_owned())));
    write_record(fields)
}

/// Reads one attribute into a section.
type ReadField<'a> = &'a mut dyn FnMut(&str, &Tree, &mut Reader);

/// What is to be known of a section, so that all sections are read by the same code.
struct Form {
    expected: &'static str,
    fields: &'static [Field],
    more: &'static [Field],
    short: Option<&'static str>,
    /// The attribute that [`variant`] has read already.
    tag: Option<&'static str>,
}

impl Form {
    fn of<R: Record>(tag: Option<&'static str>) -> Self {
        Self {
            expected: <R as Record>::EXPECTED,
            fields: R::FIELDS,
            more: R::MORE,
            short: R::SHORT,
            tag,
        }
    }
}

/// Reads a section. The result is whether `tree` is a set, or stands for one.
fn read_record(tree: &Tree, reader: &mut Reader, form: &Form, read_field: ReadField) -> bool {
    let attrs = match (tree, form.short) {
        (Tree::Attrs(attrs), _) => attrs,
        (Tree::String(_) | Tree::Bare(_) | Tree::Path(_), Some(name)) => {
            read_field(name, tree, reader);
            return true;
        }
        _ => {
            reader.wrong_type(form.expected, tree, None);
            return false;
        }
    };
    let fields = || form.fields.iter().chain(form.more);
    // The attributes that unknown names were probably meant to be. Such an attribute is misspelt, and not reported as
    // missing as well.
    let mut meant = Vec::new();
    for (name, value) in attrs.iter().filter(|(name, _)| form.tag != Some(name)) {
        reader.at_name(name, |reader| match fields().find(|field| field.name == name) {
            None => {
                let names = form.tag.into_iter().chain(fields().map(|field| field.name));
                let near = nearest(name, names);
                // A name that differs in its capitals alone is meant, even if NixOS or disko has an attribute of the
                // written name.
                let is_meant = near.is_some_and(|near| near.eq_ignore_ascii_case(name));
                let foreign = foreign::hint(name).filter(|_| !is_meant);
                let near = near.filter(|_| foreign.is_none());
                meant.extend(near);
                let hint = Some(foreign.map_or_else(|| hint_for_unknown(near, form), str::to_owned));
                reader.report(code::UNKNOWN_ATTRIBUTE, "there is no such attribute", hint);
            }
            Some(field) if *value == Tree::Null && !field.presence.is_required() && !field.takes_null => {}
            Some(_) => read_field(name, value, reader),
        });
    }
    for field in fields() {
        if !reader.requires(field.presence) {
            continue;
        }
        if !meant.contains(&field.name) && !attrs.iter().any(|(name, _)| name == field.name) {
            reader.at_name(field.name, |reader| {
                let hint = Some(format!("write `{} = {};`", field.name, field.example));
                reader.report(code::MISSING_ATTRIBUTE, "the attribute is missing", hint);
            });
        }
    }
    true
}

/// The hint for an unknown name.
fn hint_for_unknown(near: Option<&str>, form: &Form) -> String {
    if let Some(near) = near {
        return format!("did you mean `{near}`?");
    }
    let names = form.tag.into_iter().chain(form.fields.iter().map(|field| field.name));
    let known: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    format!("known here: {}", known.join(", "))
}

/// Reads the entries of a map. The result is whether `tree` is a set. `insert` gets each entry with a valid name, and
/// `None` for `null`.
pub fn read_entries<K: Text, V: Value>(
    tree: &Tree,
    reader: &mut Reader,
    insert: &mut dyn FnMut(String, Option<V>),
) -> bool {
    let parse = |name: &str| K::parse(name, false).map(|_| ());
    read_map(tree, reader, &parse, &mut |name, tree, reader, is_valid| {
        let value = if *tree == Tree::Null {
            None
        } else if let Some(value) = V::read(tree, reader).or_else(V::placeholder) {
            Some(value)
        } else {
            return;
        };
        if is_valid {
            insert(name.to_owned(), value);
        }
    })
}

/// Reads the entries of a map. The result is whether `tree` is a set. The last argument of `read_entry` is whether the
/// name is valid.
fn read_map(
    tree: &Tree,
    reader: &mut Reader,
    parse: &dyn Fn(&str) -> Result<(), Mistake>,
    read_entry: &mut dyn FnMut(&str, &Tree, &mut Reader, bool),
) -> bool {
    let Tree::Attrs(attrs) = tree else {
        reader.wrong_type("an attribute set", tree, None);
        return false;
    };
    for (name, tree) in attrs {
        reader.at_name(name, |reader| {
            let known = if name.contains('\0') {
                Err(Mistake::new(code::NUL_BYTE, "the name holds a NUL byte"))
            } else {
                parse(name)
            };
            let is_valid = known.map_err(|mistake| reader.mistake(mistake)).is_ok();
            read_entry(name, tree, reader, is_valid);
        });
    }
    true
}
