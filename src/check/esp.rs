//! A boot loader for UEFI finds an EFI system partition where it is told that one is mounted.

use super::{Plans, at, problem};
use crate::diagnostic::{Problem, code};
use crate::plan::text::Text;

/// What firmware reads, and `auto`, which may be that.
const READABLE: [&str; 3] = ["vfat", "msdos", "auto"];

pub fn check(plans: &Plans) -> Vec<Problem> {
    find(plans).unwrap_or_default()
}

fn find(plans: &Plans) -> Option<Vec<Problem>> {
    let file_systems = plans.filled.file_systems.as_ref()?;
    let loader = plans.filled.boot.as_ref()?.loader.as_ref()?;
    let is_for_uefi =
        loader.systemd_boot.is_some() || loader.grub.as_ref().is_some_and(|grub| grub.efi_support == Some(true));
    if !is_for_uefi || file_systems.present().next().is_none() {
        return None;
    }
    let given = plans.given.boot.as_ref()?.loader.as_ref()?.efi.as_ref();
    let is_given = given.is_some_and(|efi| efi.efi_sys_mount_point.is_some());
    let mut problems = Vec::new();
    for mount_point in &loader.efi.as_ref()?.efi_sys_mount_point.as_ref()?.0 {
        let path = mount_point.text();
        match file_systems.entries.get(path).and_then(Option::as_ref) {
            None => {
                let message = format!("the boot loader goes to `{path}`, and no file system is mounted there");
                let (place, other) = if is_given {
                    (
                        at("boot").name("loader").name("efi").name("efiSysMountPoint"),
                        "name another one",
                    )
                } else {
                    (at("fileSystems"), "set `boot.loader.efi.efiSysMountPoint`")
                };
                let missing = at("fileSystems").name(path);
                let hint = format!("add `{missing} = {{ device = \"...\"; fsType = \"vfat\"; }};`, or {other}");
                problems.push(problem(place, code::NO_ESP, message, hint));
            }
            Some(file_system) if !READABLE.contains(&file_system.kind()) => {
                let message = format!(
                    "the boot loader goes to `{path}`, and firmware cannot read `{}`",
                    file_system.kind()
                );
                let place = at("fileSystems").name(path).name("fsType");
                let hint = "an EFI system partition has `fsType = \"vfat\";`";
                problems.push(problem(place, code::NO_ESP, message, hint));
            }
            Some(_) => {}
        }
    }
    Some(problems)
}
