//! An attribute set with names that the plan's author chooses.

use std::collections::BTreeMap;
use std::marker::PhantomData;

/// Values by name. `None` stands for an explicit `null`: the default of that name is not wanted. The names have the
/// syntax of `K`; the reader sees to that.
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

    /// The same, to be changed.
    pub(super) fn present_mut(&mut self) -> impl Iterator<Item = (&String, &mut V)> {
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
