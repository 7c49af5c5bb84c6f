//! A boot loader: exactly one, for firmware that the system's machines have, and told where to go without contradiction.

use super::{Plans, at};
use crate::fill::bios_disks;
use crate::firmware::Firmware;
use crate::loaders::{Around, Loader, twice};
use crate::problem::{AttrPath, Problem, code, problem};
use crate::text::Text;

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(loader) = plans.given.boot.as_ref().and_then(|boot| boot.loader.as_ref()) else {
        return problems;
    };
    let path = at("boot").name("loader");
    one(loader, &path, &mut problems);
    let firmware = plans.given.system.as_ref().map(|system| Firmware::of(system.text()));
    if let Some(None) = firmware {
        no_firmware(loader, &path, &mut problems);
    }
    let bios_disks = bios_disks(plans.filled);
    for (name, named) in loader.named() {
        let around = Around {
            path: &path.name(name),
            name: plans.given.name.as_ref().map(Text::text),
            firmware: firmware.flatten(),
            efi: loader.efi.as_ref(),
            bios_disks: &bios_disks,
        };
        named.check(&around, &mut problems);
    }
    if let Some(mount_points) = loader.efi.as_ref().and_then(|efi| efi.efi_sys_mount_point.as_ref()) {
        let path = path.name("efi").name("efiSysMountPoint");
        let names = mount_points.0.iter().map(Text::text);
        twice(names, &path, code::MOUNT_POINT_TWICE, &mut problems);
        if mount_points.0.is_empty() {
            let hint = "leave the attribute out: it is `/boot` then";
            problems.push(problem(
                path,
                code::BAD_MOUNT_POINT,
                "the list of mount points is empty",
                hint,
            ));
        }
    }
    problems
}

/// Exactly one loader.
fn one(loader: &Loader, path: &AttrPath, problems: &mut Vec<Problem>) {
    let given: Vec<&str> = loader.named().into_iter().map(|(name, _)| name).collect();
    match given[..] {
        [] => problems.push(problem(
            path.clone(),
            code::ONE_LOADER,
            "there is no boot loader",
            format!("add one of `{}`", Loader::NAMES.join("`, `")),
        )),
        [_] => {}
        [first, ..] => {
            for other in &given[1..] {
                let message = format!("there is another boot loader, `{first}`");
                problems.push(problem(path.name(other), code::ONE_LOADER, message, "keep one of them"));
            }
        }
    }
}

/// No row of the table of firmware is for this system.
fn no_firmware(loader: &Loader, path: &AttrPath, problems: &mut Vec<Problem>) {
    let known: Vec<String> = Firmware::architectures()
        .map(|name| format!("`{name}-linux`"))
        .collect();
    for (name, _) in loader.named().into_iter().filter(|(_, loader)| loader.needs_firmware()) {
        let message = format!("`{name}` can be installed for {} alone", known.join(", "));
        let hint = "let `external` install the boot loader of another system";
        problems.push(problem(path.name(name), code::NO_SUCH_LOADER, message, hint));
    }
}
