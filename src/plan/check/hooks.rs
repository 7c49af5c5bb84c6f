//! disko's hooks are not run here, and a warning says so.

use super::{Plans, at, warning};
use crate::Named;
use crate::problem::{AttrPath, Problem, code};
use crate::sections::disk::mounts::each;
use crate::sections::disk::{Content, DiskHooks};
use crate::text::{Script, Text};

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(disks) = &plans.given.disks else {
        return problems;
    };
    for (name, disk) in disks.present() {
        look(&at("disks").name(name), &disk.hooks, &mut problems);
    }
    each(disks, &mut |path, content| {
        if let Some(hooks) = content.hooks() {
            look(path, hooks, &mut problems);
        }
        if let Content::Btrfs(btrfs) = content {
            for (name, subvolume) in btrfs.subvolumes.iter().flat_map(Named::present) {
                look(&path.name("subvolumes").name(name), &subvolume.hooks, &mut problems);
            }
        }
    });
    problems
}

fn look(path: &AttrPath, hooks: &DiskHooks, problems: &mut Vec<Problem>) {
    let given = [
        ("preCreateHook", &hooks.pre_create),
        ("postCreateHook", &hooks.post_create),
        ("preMountHook", &hooks.pre_mount),
        ("postMountHook", &hooks.post_mount),
        ("preUnmountHook", &hooks.pre_unmount),
        ("postUnmountHook", &hooks.post_unmount),
    ];
    let is_given = |hook: &Option<Script>| hook.as_ref().is_some_and(|hook| !hook.text().trim().is_empty());
    for (name, _) in given.iter().filter(|(_, hook)| is_given(hook)) {
        let message = "the commands are not run: they are disko's";
        let hint = "let disko make the disk, or do the same in `hooks.preInit`";
        problems.push(warning(path.name(name), code::HOOK_NOT_RUN, message, hint));
    }
}
