//! Reads structs from an attribute tree: those that these programs write themselves, as steps, record and journal.
//!
//! The reader of plans is for what people write, and reports every mistake with its place. Here the first mistake in
//! one sentence is enough. A deserializer for each type would also be far more code in the runtime.

use std::collections::BTreeMap;

use super::Tree;

/// A value that can be read from a tree.
pub trait FromTree: Sized {
    /// Reads the value. An attribute that is missing is `null`.
    ///
    /// # Errors
    ///
    /// What is wrong with `tree`.
    fn from_tree(tree: Tree) -> Result<Self, String>;
}

/// The attributes of a set that have not been read yet.
pub struct Fields(Vec<(String, Tree)>);

impl Fields {
    /// The attributes of `tree`.
    ///
    /// # Errors
    ///
    /// `tree` is no attribute set.
    pub fn of(tree: Tree) -> Result<Self, String> {
        match tree {
            Tree::Attrs(attrs) => Ok(Self(attrs)),
            other => Err(unexpected("an attribute set", &other)),
        }
    }

    /// Reads the attribute for the field `name`. The attribute's own name is in camel case.
    ///
    /// # Errors
    ///
    /// The attribute is missing, or has another type.
    pub fn take<T: FromTree>(&mut self, name: &str) -> Result<T, String> {
        T::from_tree(self.remove(name)).map_err(|message| within(name, &message))
    }

    fn remove(&mut self, field: &str) -> Tree {
        let mut words = field.split('_');
        let mut name = words.next().unwrap_or_default().to_owned();
        for word in words {
            let (first, rest) = word.split_at(1);
            name = name + &first.to_ascii_uppercase() + rest;
        }
        match self.0.iter().position(|(other, _)| *other == name) {
            Some(n) => self.0.swap_remove(n).1,
            None => Tree::Null,
        }
    }

    /// Refuses attributes that were not read.
    ///
    /// # Errors
    ///
    /// The name of one.
    pub fn end(self) -> Result<(), String> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(format!("unknown field `{name}`")),
        }
    }
}

/// Declares how a struct is read: `fields!(Type: field, field)`. It needs every field.
#[macro_export]
macro_rules! fields {
    ($type:ident: $($field:ident),+) => {
        impl TryFrom<$crate::Tree> for $type {
            type Error = String;

            fn try_from(tree: $crate::Tree) -> Result<Self, String> {
                let mut fields = $crate::Fields::of(tree)?;
                let read = Self { $($field: fields.take(stringify!($field))?),+ };
                fields.end()?;
                Ok(read)
            }
        }

        impl $crate::FromTree for $type {
            fn from_tree(tree: $crate::Tree) -> Result<Self, String> {
                Self::try_from(tree)
            }
        }
    };
}

impl FromTree for String {
    fn from_tree(tree: Tree) -> Result<Self, String> {
        match tree {
            Tree::String(text) => Ok(text),
            other => Err(unexpected("a string", &other)),
        }
    }
}

impl FromTree for u32 {
    fn from_tree(tree: Tree) -> Result<Self, String> {
        let number = match tree {
            Tree::Int(integer) => Self::try_from(integer).ok(),
            _ => None,
        };
        number.ok_or_else(|| unexpected("a number of 32 bits", &tree))
    }
}

impl FromTree for bool {
    fn from_tree(tree: Tree) -> Result<Self, String> {
        match tree {
            Tree::Bool(value) => Ok(value),
            other => Err(unexpected("a Boolean", &other)),
        }
    }
}

impl<T: FromTree> FromTree for Option<T> {
    fn from_tree(tree: Tree) -> Result<Self, String> {
        match tree {
            Tree::Null => Ok(None),
            other => T::from_tree(other).map(Some),
        }
    }
}

impl<T: FromTree> FromTree for Vec<T> {
    fn from_tree(tree: Tree) -> Result<Self, String> {
        match tree {
            Tree::List(elements) => elements.into_iter().map(T::from_tree).collect(),
            other => Err(unexpected("a list", &other)),
        }
    }
}

impl<T: FromTree> FromTree for BTreeMap<String, T> {
    fn from_tree(tree: Tree) -> Result<Self, String> {
        let mut map = Self::new();
        for (name, tree) in Fields::of(tree)?.0 {
            let value = T::from_tree(tree).map_err(|message| within(&name, &message))?;
            map.insert(name, value);
        }
        Ok(map)
    }
}

fn unexpected(expected: &str, tree: &Tree) -> String {
    format!("expected {expected}, but got {}", tree.describe())
}

fn within(name: &str, message: &str) -> String {
    format!("`{name}`: {message}")
}
