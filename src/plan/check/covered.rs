//! What `pre-init` makes can be seen afterwards, and can be made at all. It must not lie below the mount point of a
//! file system that is mounted later, nor on a read-only file system.
//!
//! A read-only root is no mistake: its entries were made together with its image, and `init` has nothing to do there.

use super::{Plans, at, problem};
use crate::Map;
use crate::problem::{Problem, code};
use crate::sections::file_system::{NEEDED_FOR_BOOT, holding};
use crate::text::Text;

pub fn check(plans: &Plans) -> Vec<Problem> {
    let Some(file_systems) = plans.filled.file_systems.as_ref() else {
        return Vec::new();
    };
    let plan = plans.given;
    // To name a home or a mount point does no harm: whoever logs in makes the home, and whoever mounts makes the mount
    // point.
    let is_home = |path: &str| {
        let users = plans.filled.users.iter().flat_map(Map::present);
        users
            .filter_map(|(_, user)| user.home.as_ref())
            .any(|home| home.text() == path)
    };
    let holds_mount_point = |path: &str| {
        let mut mount_points = file_systems.present().map(|(path, _)| path);
        mount_points.any(|other| {
            other
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let directories = plan.directories.iter().flat_map(Map::present).map(|(path, _)| path);
    let directories = directories.filter(|path| !is_home(path) && !holds_mount_point(path));
    let files = plan.files.iter().flat_map(Map::present).map(|(path, _)| path);
    let symlinks = plan.symlinks.iter().flat_map(Map::present).map(|(path, _)| path);
    let paths = directories.map(|path| ("directories", path));
    let paths = paths.chain(files.map(|path| ("files", path)));
    let paths = paths.chain(symlinks.map(|path| ("symlinks", path)));
    let mut problems = Vec::new();
    for (section, path) in paths {
        let Some((mount_point, file_system)) = holding(file_systems, path) else {
            continue;
        };
        // A file may be there to be mounted on.
        if mount_point == path {
            continue;
        }
        let place = at(section).name(path);
        let attribute = at("fileSystems").name(mount_point);
        // `NEEDED_FOR_BOOT` has the file systems that must never be mounted late: `mounts.rs` complains of them, and
        // that is enough.
        if file_system.needed_for_boot == Some(false) && !NEEDED_FOR_BOOT.contains(&mount_point) {
            let message = format!("`{mount_point}` is mounted after the entry was made, and hides it");
            let hint = format!("add `{attribute}.neededForBoot = true;`, or let a service make it");
            problems.push(problem(place, code::HIDDEN_PATH, message, hint));
        } else if file_system.is_read_only() && mount_point != "/" {
            let message = format!("nothing can be written to `{mount_point}`, which is mounted read-only");
            let hint = format!("make `{attribute}` writable, or leave the entry out");
            problems.push(problem(place, code::READ_ONLY_PATH, message, hint));
        }
    }
    problems
}
