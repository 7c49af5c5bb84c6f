//! No two file systems are looked for by the same label: which of them is found would be chance.

use super::{Plans, at, warning};
use crate::Map;
use crate::problem::{Problem, code};

/// File systems that one label may mount at several places. Their subvolumes share it.
const OF_MANY_PLACES: [&str; 4] = ["auto", "bcachefs", "btrfs", "zfs"];

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut known: Vec<(&str, &str)> = Vec::new();
    for (path, file_system) in plans.given.file_systems.iter().flat_map(Map::present) {
        let Some(label) = file_system.wanted_label() else {
            continue;
        };
        if OF_MANY_PLACES.contains(&file_system.kind()) || file_system.is_bind() {
            continue;
        }
        let Some((_, other)) = known.iter().find(|(other, _)| *other == label) else {
            known.push((label, path));
            continue;
        };
        let name = if file_system.label.is_some() { "label" } else { "device" };
        let place = at("fileSystems").name(path).name(name);
        let message = format!(
            "the label `{label}` is that of `{}` already",
            at("fileSystems").name(other)
        );
        problems.push(warning(place, code::NAME_TWICE, message, "choose another one"));
    }
    problems
}
