//! The file systems of the plan can be mounted where it says, and early enough.

use super::{Plans, at, problem};
use crate::fill::needs_etc;
use crate::problem::{Problem, code};
use crate::sections::file_system::NEEDED_FOR_BOOT;
use tree::path::parents;

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(file_systems) = plans.filled.file_systems.as_ref() else {
        return problems;
    };
    let is_other = |path: &str| {
        plans.given.files.as_ref().is_some_and(|files| files.has(path))
            || plans.given.symlinks.as_ref().is_some_and(|symlinks| symlinks.has(path))
    };
    for (path, file_system) in file_systems.present() {
        let place = at("fileSystems").name(path);
        if file_system.device.is_none() {
            let message = format!(
                "there is neither `device` nor `label`, and `{}` needs a device",
                file_system.kind()
            );
            let hint = "write `device = \"/dev/disk/by-uuid/...\";` or `label`, or `fsType = \"tmpfs\";`";
            problems.push(problem(place.clone(), code::NO_DEVICE, message, hint));
        }
        if file_system.needed_for_boot == Some(false) && NEEDED_FOR_BOOT.contains(&path.as_str()) {
            let message = format!("`{path}` must be mounted before `init` starts: it works with what is there");
            problems.push(problem(
                place.name("neededForBoot"),
                code::NEEDED_FOR_BOOT,
                message,
                "leave the attribute out",
            ));
        }
        if file_system.needed_for_boot == Some(true) {
            let above = parents(path).filter_map(|parent| file_systems.present().find(|(path, _)| *path == parent));
            let late = above.filter(|(_, above)| above.needed_for_boot == Some(false));
            // The file systems of `NEEDED_FOR_BOOT` must never be mounted late: that is reported above, and is enough.
            for (above, _) in late.filter(|(above, _)| !NEEDED_FOR_BOOT.contains(&above.as_str())) {
                let message = format!("`{above}` is mounted after it, and hides it");
                let hint = format!("add `{}.neededForBoot = true;`", at("fileSystems").name(above));
                problems.push(problem(place.clone(), code::HIDDEN_PATH, message, hint));
            }
        }
        let written = match path.as_str() {
            "/var" | "/var/lib" => Some("the record of what was done is kept below it"),
            "/etc" if needs_etc(plans.filled) => Some("`users`, `groups` and `machineId` write files below it"),
            _ => None,
        };
        if let Some(why) = written.filter(|_| file_system.is_read_only()) {
            let message = format!("`{path}` cannot be read-only: {why}");
            problems.push(problem(
                place.clone(),
                code::READ_ONLY_PATH,
                message,
                "make it writable, or leave it on `/`",
            ));
        }
        // A file can be mounted on a file, but not below one.
        let own = Some(path.as_str()).filter(|_| !file_system.is_bind());
        if let Some(other) = own.into_iter().chain(parents(path)).find(|path| is_other(path)) {
            let message = format!("a file system needs directories, and `files` or `symlinks` has `{other}`");
            problems.push(problem(place, code::NOT_A_DIRECTORY, message, "leave one of them out"));
        }
    }
    problems
}
