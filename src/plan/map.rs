//! Attribute sets whose names the plan's author chooses.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use tree::Tree;

#[cfg(feature = "reference")]
use crate::read::Shape;
use crate::read::{Reader, Text, Value, read_entries};

/// Values by name. `None` stands for `null`: the author does not want the default of that name. The reader has checked
/// that the names have the syntax of `K`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map<K, V> {
    /// The entries, sorted by name.
    pub entries: BTreeMap<String, Option<V>>,
    names: PhantomData<K>,
}

impl<K, V> Map<K, V> {
    /// A map of these entries.
    pub fn new(entries: BTreeMap<String, Option<V>>) -> Self {
        Self {
            entries,
            names: PhantomData,
        }
    }

    /// The entries that are not `null`.
    pub fn present(&self) -> impl Iterator<Item = (&String, &V)> {
        self.entries
            .iter()
            .filter_map(|(name, value)| value.as_ref().map(|value| (name, value)))
    }

    /// The entries that are not `null`, to be changed.
    pub(crate) fn present_mut(&mut self) -> impl Iterator<Item = (&String, &mut V)> {
        self.entries
            .iter_mut()
            .filter_map(|(name, value)| value.as_mut().map(|value| (name, value)))
    }

    /// Whether `name` has an entry that is not `null`.
    pub fn has(&self, name: &str) -> bool {
        self.entries.get(name).is_some_and(Option::is_some)
    }

    /// Whether `name` is `null`.
    pub fn removes(&self, name: &str) -> bool {
        self.entries.get(name).is_some_and(Option::is_none)
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new(BTreeMap::new())
    }
}

/// A [`Map`] for few entries: a list sorted by name. It is there for size: each kind of value in a [`Map`] adds 8 kB of
/// code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<K, V> {
    entries: Vec<(String, Option<V>)>,
    names: PhantomData<K>,
}

impl<K, V> Named<K, V> {
    /// Adds an entry. It takes the place of an entry with the same name.
    pub fn insert(&mut self, name: String, value: Option<V>) {
        // From the end: most come in order.
        let place = self.entries.iter().rposition(|(other, _)| *other <= name);
        match place {
            Some(place) if self.entries[place].0 == name => self.entries[place].1 = value,
            Some(place) => self.entries.insert(place + 1, (name, value)),
            None => self.entries.insert(0, (name, value)),
        }
    }

    /// All entries; `None` stands for `null`.
    pub fn all(&self) -> impl Iterator<Item = (&String, Option<&V>)> {
        self.entries.iter().map(|(name, value)| (name, value.as_ref()))
    }

    /// The entries that are not `null`.
    pub fn present(&self) -> impl Iterator<Item = (&String, &V)> {
        self.all().filter_map(|(name, value)| value.map(|value| (name, value)))
    }

    /// The entries that are not `null`, to be changed.
    pub(crate) fn present_mut(&mut self) -> impl Iterator<Item = (&String, &mut V)> {
        self.entries
            .iter_mut()
            .filter_map(|(name, value)| value.as_mut().map(|value| (&*name, value)))
    }

    /// The entry `name`, if it is not `null`.
    pub fn get(&self, name: &str) -> Option<&V> {
        let place = self
            .entries
            .binary_search_by(|(other, _)| other.as_str().cmp(name))
            .ok()?;
        self.entries[place].1.as_ref()
    }
}

impl<K, V> Default for Named<K, V> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            names: PhantomData,
        }
    }
}

impl<K: Text, V: Value> Value for Map<K, V> {
    const EXPECTED: &'static str = "an attribute set";

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Map {
        key: K::STANDS_FOR,
        pattern: K::PATTERN,
        value: &V::SHAPE,
    };

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        let mut entries = BTreeMap::new();
        let is_read = read_entries::<K, V>(tree, reader, &mut |name, value| {
            entries.insert(name, value);
        });
        is_read.then(|| Self::new(entries))
    }

    fn write(&self) -> Tree {
        let entry =
            |(name, value): (&String, &Option<V>)| (name.clone(), value.as_ref().map_or(Tree::Null, Value::write));
        Tree::Attrs(self.entries.iter().map(entry).collect())
    }
}

impl<K: Text, V: Value> Value for Named<K, V> {
    const EXPECTED: &'static str = "an attribute set";

    #[cfg(feature = "reference")]
    const SHAPE: Shape = Shape::Map {
        key: K::STANDS_FOR,
        pattern: K::PATTERN,
        value: &V::SHAPE,
    };

    fn read(tree: &Tree, reader: &mut Reader) -> Option<Self> {
        let mut entries = Self::default();
        let is_read = read_entries::<K, V>(tree, reader, &mut |name, value| entries.insert(name, value));
        is_read.then_some(entries)
    }

    fn write(&self) -> Tree {
        let mut attrs = Vec::new();
        for (name, value) in self.all() {
            attrs.push((name.clone(), value.map_or(Tree::Null, Value::write)));
        }
        Tree::Attrs(attrs)
    }
}
