//! Attribute tree to the types that this program writes itself: steps, record, journal.
//!
//! What people write is read by the reader of plans, which tells every problem with its place; here the first
//! mistake, in one sentence, is enough. It is also far less code in the runtime than a deserializer for each type.

use std::collections::BTreeMap;

use super::Tree;

/// A value that a tree can hold.
pub trait FromTree: Sized {
    /// The value that `tree` holds; an attribute that is missing is `null`.
    ///
    /// # Errors
    /// What is wrong with it.
    fn from_tree(tree: Tree) -> Result<Self, String>;
}

/// The attributes of a set that were not taken yet.
pub struct Fields(Vec<(String, Tree)>);

impl Fields {
    /// The attributes of `tree`.
    ///
    /// # Errors
    /// It is no attribute set.
    pub fn of(tree: Tree) -> Result<Self, String> {
        match tree {
            Tree::Attrs(attrs) => Ok(Self(attrs)),
            other => Err(unexpected("an attribute set", &other)),
        }
    }

    /// Takes the attribute for the field `name`, in camel case.
    ///
    /// # Errors
    /// It is missing, or its value is another one.
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

    /// Refuses attributes that nobody took.
    ///
    /// # Errors
    /// There is one.
    pub fn end(self) -> Result<(), String> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(format!("unknown field `{name}`")),
        }
    }
}

/// Declares how a struct is read: `fields!(Type: field, field)`, with every field of it.
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
