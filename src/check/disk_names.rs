//! What disks, partitions and volumes are found by belongs to one of them.

use super::{Plans, problem, warning};
use crate::diagnostic::{AttrPath, Code, Problem, code};
use crate::plan::Named;
use crate::plan::disk::Content;
use crate::plan::disk::mounts::{each, mounts};
use crate::plan::disk::slots::slots;
use crate::plan::text::Text;

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
    for slot in slots(disks) {
        if let Some(uuid) = slot.uuid {
            uuids.add(&uuid.text().to_ascii_lowercase(), slot.path.name("uuid"), &mut problems);
        } else if let Some(label) = slot.label {
            // It is not found by its name where it has a UUID.
            labels.add(label.text(), slot.path.name("label"), &mut problems);
        }
    }
    let mut points = Names::new("mount point", code::MOUNT_POINT_TWICE);
    for mount in mounts(plans.filled) {
        points.add(mount.mount_point.text(), mount.place, &mut problems);
    }
    let mut volumes = Names::new("volume", code::NAME_TWICE);
    let mut own = Vec::new();
    each(disks, &mut |path, content| {
        if let Content::Luks(luks) = content {
            let name = luks.name.as_ref().map_or("", Text::text);
            volumes.add(name, path.name("name"), &mut problems);
        }
        own.extend(content.label().map(|label| (label, path.name("extraArgs"))));
    });
    // Two file systems with one label: which one is found is chance.
    for (n, (label, path)) in own.iter().enumerate() {
        if own[..n].iter().any(|(other, _)| other == label) {
            let message = format!("`{label}` is the label of another file system too");
            problems.push(warning(path.clone(), code::NAME_TWICE, message, "choose another one"));
        }
    }
    problems
}

/// Names that each belong to one.
struct Names {
    what: &'static str,
    code: Code,
    known: Named<(), AttrPath>,
}

impl Names {
    fn new(what: &'static str, code: Code) -> Self {
        Self {
            what,
            code,
            known: Named::default(),
        }
    }

    fn add(&mut self, name: &str, path: AttrPath, problems: &mut Vec<Problem>) {
        match self.known.get(name) {
            None => self.known.insert(name.to_owned(), Some(path)),
            Some(other) => {
                let message = format!("the {} `{name}` is that of `{other}` already", self.what);
                problems.push(problem(path, self.code, message, "choose another one"));
            }
        }
    }
}
