//! Names by which disks, partitions and volumes are found are unique.

use std::collections::BTreeSet;

use super::{Plans, problem};
use crate::problem::{AttrPath, Code, Problem, Severity, code};
use crate::sections::disk::Content;
use crate::sections::disk::mounts::{each, mounts};
use crate::sections::disk::slots::slots;
use crate::text::Text;

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(disks) = &plans.filled.disks else {
        return problems;
    };
    let mut devices = Names::new("device", code::DEVICE_TWICE);
    for (name, disk) in disks.present() {
        let path = AttrPath::default().name("disks").name(name);
        if let Some(device) = &disk.device {
            devices.add(device.text(), path.name("device"), &mut problems);
        }
    }
    let mut labels = Names::new("name", code::NAME_TWICE);
    let mut uuids = Names::new("UUID", code::NAME_TWICE);
    let slots = slots(disks);
    let mut lower = Vec::new();
    lower.extend(
        slots
            .iter()
            .map(|slot| slot.uuid.map(|uuid| uuid.text().to_ascii_lowercase())),
    );
    for (slot, uuid) in slots.iter().zip(&lower) {
        if let Some(uuid) = uuid {
            uuids.add(uuid, slot.path.name("uuid"), &mut problems);
        } else if let Some(label) = slot.label {
            // A partition that has a UUID is found by that, and not by its name.
            labels.add(label.text(), slot.path.name("label"), &mut problems);
        }
    }
    let mut points = Names::new("mount point", code::MOUNT_POINT_TWICE);
    for mount in mounts(plans.filled) {
        points.add(mount.mount_point.text(), mount.place, &mut problems);
    }
    let mut volumes = Names::new("volume", code::NAME_TWICE);
    // If two file systems have one label, it is chance which of them is found. That holds even if this plan looks for
    // neither by it.
    let mut own = Names::new("label", code::NAME_TWICE);
    let mut warnings = Vec::new();
    each(disks, &mut |path, content| {
        if let Content::Luks(luks) = content {
            let name = luks.name.as_ref().map_or("", Text::text);
            volumes.add(name, path.name("name"), &mut problems);
        }
        if let Some(label) = content.label() {
            own.add(label, path.name("extraArgs"), &mut warnings);
        }
    });
    problems.extend(warnings.into_iter().map(|problem| Problem {
        severity: Severity::Warning,
        ..problem
    }));
    problems
}

/// Names of one kind, each of which may be there once.
struct Names<'a> {
    what: &'static str,
    code: Code,
    known: BTreeSet<&'a str>,
    /// The same with their places.
    places: Vec<(&'a str, AttrPath)>,
}

impl<'a> Names<'a> {
    fn new(what: &'static str, code: Code) -> Self {
        Self {
            what,
            code,
            known: BTreeSet::new(),
            places: Vec::new(),
        }
    }

    fn add(&mut self, name: &'a str, path: AttrPath, problems: &mut Vec<Problem>) {
        if self.known.insert(name) {
            self.places.push((name, path));
        } else if let Some((_, other)) = self.places.iter().find(|(other, _)| *other == name) {
            let message = format!("the {} `{name}` is that of `{other}` already", self.what);
            problems.push(problem(path, self.code, message, "choose another one"));
        }
    }
}
