//! A plan that says what is mounted has a file system for `/`, and one that the store stays on. Without them, the
//! initial RAM disk cannot start the system.

use super::{Plans, at, problem, warning};
use crate::Map;
use crate::problem::{Problem, code};
use crate::sections::disk::Content;
use crate::sections::disk::mounts::{each, mounts};
use crate::text::Text;

pub fn check(plans: &Plans) -> Vec<Problem> {
    find(plans).or_else(|| store(plans)).into_iter().collect()
}

/// Warns of a root that is empty at every start, with the store on it.
fn store(plans: &Plans) -> Option<Problem> {
    let file_systems = plans.filled.file_systems.as_ref()?;
    let kind = file_systems.entries.get("/")?.as_ref()?.kind();
    let has_store = ["/nix", "/nix/store"].iter().any(|path| file_systems.has(path));
    (matches!(kind, "tmpfs" | "ramfs") && !has_store).then(|| {
        let message = format!("the store lies on `/`, a `{kind}`, which is empty at every start");
        let hint = "add `fileSystems.\"/nix\"` or `fileSystems.\"/nix/store\"`";
        let place = at("fileSystems").name("/").name("fsType");
        warning(place, code::NO_STORE, message, hint)
    })
}

fn find(plans: &Plans) -> Option<Problem> {
    let message = "there is no file system for `/`";
    let file_systems = plans.filled.file_systems.iter().flat_map(Map::present);
    if plans.filled.file_systems.as_ref().is_some_and(|map| map.has("/")) {
        return None;
    }
    // An entry may add to a file system of the disks.
    let of_disks = mounts(plans.filled);
    let mut given = plans.given.file_systems.iter().flat_map(Map::present);
    if given.any(|(path, _)| !of_disks.iter().any(|mount| mount.mount_point.text() == path)) {
        let hint = "add `\"/\" = { device = \"/dev/disk/by-uuid/...\"; fsType = \"ext4\"; };`";
        return Some(problem(at("fileSystems"), code::NO_ROOT, message, hint));
    }
    let disks = plans.given.disks.as_ref()?;
    let (mut is_used, mut is_elsewhere) = (file_systems.count() > 0, false);
    each(disks, &mut |_, content| {
        is_used = true;
        // In a plan, the file systems on these are named in `fileSystems`; disko has sections of its own for them.
        is_elsewhere |= matches!(
            content,
            Content::LvmPv(_) | Content::Mdraid(_) | Content::Zfs(_) | Content::Bcachefs(_)
        );
    });
    match (is_used, is_elsewhere) {
        (false, _) => None,
        (true, false) => {
            let hint =
                "give a partition `content = { type = \"filesystem\"; format = \"ext4\"; mountpoint = \"/\"; };`";
            Some(problem(at("disks"), code::NO_ROOT, message, hint))
        }
        (true, true) => {
            let hint = "if it is on a volume of the disks, add `fileSystems.\"/\"` with its `device` and `fsType`";
            Some(warning(at("disks"), code::NO_ROOT, message, hint))
        }
    }
}
