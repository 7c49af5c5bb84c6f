//! `null` removes a default, so that it stands only where there is one. The defaults of every base count: several
//! systems with different bases may share a plan.

use super::{Plans, at, problem};
use crate::problem::{AttrPath, Problem, code};
use crate::sections::base::{FSTAB, entries};
use crate::sections::disk::mounts::{each, mounts};
use crate::sections::disk::{Content, Disk};
use crate::text::{Base, DeviceName, Text};
use crate::{Map, Named};

pub fn check(plans: &Plans) -> Vec<Problem> {
    let plan = plans.given;
    let mut problems = Vec::new();
    let full = entries(Base::Full, "", "");
    let mountpoints = entries(Base::Mountpoints, "", "");
    let directory = |path: &str| known(&full.directories, path) || known(&mountpoints.directories, path);
    removed(&mut problems, "directories", plan.directories.as_ref(), directory);
    removed(&mut problems, "files", plan.files.as_ref(), |path| {
        path == FSTAB || known(&full.files, path)
    });
    removed(&mut problems, "symlinks", plan.symlinks.as_ref(), |path| {
        known(&full.symlinks, path)
    });
    let file_systems = plan.file_systems.as_ref();
    let of_disks = mounts(plans.filled);
    removed(&mut problems, "fileSystems", file_systems, |path| {
        of_disks.iter().any(|mount| mount.mount_point.text() == path)
    });
    removed(&mut problems, "users", plan.users.as_ref(), |name| {
        known(&full.users, name)
    });
    removed(&mut problems, "groups", plan.groups.as_ref(), |name| {
        known(&full.groups, name)
    });

    let mut variables = Vec::new();
    removed(
        &mut variables,
        "environment",
        plan.init.as_ref().and_then(|init| init.environment.as_ref()),
        |_| false,
    );
    for mut variable in variables {
        variable.path.0.splice(0..0, at("init").0);
        problems.push(variable);
    }
    if let Some(disks) = &plan.disks {
        of_disks_own(disks, &mut problems);
    }
    problems
}

/// Complains about each `null` in `disks`: disks and what is on them have no defaults.
fn of_disks_own(disks: &Named<DeviceName, Disk>, problems: &mut Vec<Problem>) {
    left_out(&at("disks"), disks, problems);
    each(disks, &mut |path, content| match content {
        Content::Gpt(gpt) => gpt
            .partitions
            .iter()
            .for_each(|map| left_out(&path.name("partitions"), map, problems)),
        Content::Msdos(msdos) => msdos
            .partitions
            .iter()
            .for_each(|map| left_out(&path.name("partitions"), map, problems)),
        Content::Btrfs(btrfs) => btrfs
            .subvolumes
            .iter()
            .for_each(|map| left_out(&path.name("subvolumes"), map, problems)),
        _ => {}
    });
}

fn left_out<K, V>(path: &AttrPath, entries: &Named<K, V>, problems: &mut Vec<Problem>) {
    for (name, _) in entries.all().filter(|(_, value)| value.is_none()) {
        problems.push(nothing(path.name(name)));
    }
}

fn nothing(path: AttrPath) -> Problem {
    let message = "`null` removes a default, and there is no default of this name";
    problem(path, code::NOTHING_TO_REMOVE, message, "leave the attribute out")
}

fn known<T>(defaults: &[(&'static str, T)], name: &str) -> bool {
    defaults.iter().any(|(default, _)| *default == name)
}

fn removed<K, V>(
    problems: &mut Vec<Problem>,
    section: &str,
    map: Option<&Map<K, V>>,
    is_default: impl Fn(&str) -> bool,
) {
    let nulls = map
        .iter()
        .flat_map(|map| &map.entries)
        .filter(|(_, value)| value.is_none());
    for (name, _) in nulls.filter(|(name, _)| !is_default(name)) {
        problems.push(nothing(at(section).name(name)));
    }
}
