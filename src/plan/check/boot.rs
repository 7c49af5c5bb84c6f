//! A boot loader: exactly one, for firmware that the system's machines have, and told where to go without contradiction.

use std::collections::BTreeSet;

use super::{Plans, at, problem};
use crate::problem::{AttrPath, Code, Problem, code};
use crate::sections::firmware::Firmware;
use crate::text::{Device, Text};
use crate::{Efi, Grub, Loader};

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
    // The plan's name is the title of its entry; the boot loader has no way to tell it from an option.
    if loader.grub.is_some()
        && plans
            .given
            .name
            .as_ref()
            .is_some_and(|name| name.text().starts_with('-'))
    {
        let message = "GRUB takes a title that begins with `-` for an option";
        problems.push(problem(
            at("name"),
            code::BAD_LABEL,
            message,
            "begin the name with a letter",
        ));
    }
    if let Some(grub) = &loader.grub {
        let has_bios = firmware.flatten().is_none_or(|firmware| firmware.bios.is_some());
        let filled = plans
            .filled
            .boot
            .as_ref()
            .and_then(|boot| boot.loader.as_ref()?.grub.as_ref());
        // Without a word about devices, they follow from `disks`.
        let devices = filled.and_then(|filled| filled.devices.as_ref());
        let follows = grub.device.is_none() && grub.devices.is_none() && devices.is_some_and(|list| !list.is_empty());
        check_grub(
            grub,
            follows,
            has_bios,
            loader.efi.as_ref(),
            &path.name("grub"),
            &mut problems,
        );
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
    let given = [
        ("grub", loader.grub.is_some()),
        ("systemd-boot", loader.systemd_boot.is_some()),
        ("external", loader.external.is_some()),
    ];
    let given: Vec<&str> = given
        .iter()
        .filter(|(_, given)| *given)
        .map(|(name, _)| *name)
        .collect();
    match given[..] {
        [] => problems.push(problem(
            path.clone(),
            code::ONE_LOADER,
            "there is no boot loader",
            "add one of `grub`, `systemd-boot` and `external`",
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
    let given = [
        ("grub", loader.grub.is_some()),
        ("systemd-boot", loader.systemd_boot.is_some()),
    ];
    for (name, _) in given.iter().filter(|(_, given)| *given) {
        let message = format!("`{name}` can be installed for {} alone", known.join(", "));
        let hint = "let `external` install the boot loader of another system";
        problems.push(problem(path.name(name), code::NO_SUCH_LOADER, message, hint));
    }
}

fn check_grub(
    grub: &Grub,
    follows: bool,
    has_bios: bool,
    efi: Option<&Efi>,
    path: &AttrPath,
    problems: &mut Vec<Problem>,
) {
    let mut report = |name: &str, code, message: String, hint: &str| {
        problems.push(problem(path.name(name), code, message, hint));
    };
    let efi_support = grub.efi_support == Some(true);
    match (&grub.device, &grub.devices) {
        (Some(_), Some(_)) => {
            let message = "there are both `device` and `devices`".to_owned();
            report(
                "device",
                code::DEVICE_OR_DEVICES,
                message,
                "write all of them in `devices`",
            );
        }
        (None, None) if follows => {}
        (None, None) => {
            let message = "there is neither `device` nor `devices`".to_owned();
            let hint = "name the disk that BIOS starts, or `nodev` with `efiSupport = true;` for UEFI alone";
            report("device", code::DEVICE_OR_DEVICES, message, hint);
        }
        (None, Some(devices)) if devices.is_empty() => {
            let message = "the list of devices is empty".to_owned();
            report(
                "devices",
                code::DEVICE_OR_DEVICES,
                message,
                "write `device = \"nodev\";` for UEFI alone",
            );
        }
        _ => {}
    }
    let devices = grub.device.iter().chain(grub.devices.iter().flatten());
    let nodev = devices.clone().any(|device| device.text() == Device::NODEV);
    let disk = devices.clone().find(|device| device.text() != Device::NODEV);
    let name = if grub.device.is_some() { "device" } else { "devices" };
    if nodev && disk.is_none() && !efi_support {
        let message = "GRUB is installed for neither BIOS nor UEFI".to_owned();
        report(
            name,
            code::GRUB_FOR_NOTHING,
            message,
            "name a disk, or add `efiSupport = true;`",
        );
    }
    if nodev && grub.devices.is_some() && disk.is_some() {
        let message = "`nodev` stands for no device at all".to_owned();
        report(
            "devices",
            code::DEVICE_OR_DEVICES,
            message,
            "leave it out, or leave the disks out",
        );
    }
    if let (Some(disk), false) = (disk, has_bios) {
        let message = format!(
            "`{}` cannot be started by BIOS: the plan's system has UEFI alone",
            disk.text()
        );
        report(
            name,
            code::NO_SUCH_LOADER,
            message,
            "write `device = \"nodev\";` and `efiSupport = true;`",
        );
    }
    let removable = grub.efi_install_as_removable == Some(true);
    // As NixOS has it: firmware finds the removable path by itself, so that nothing is to be written to its variables.
    if removable && efi.is_some_and(|efi| efi.can_touch_efi_variables == Some(true)) {
        let message = "a removable installation leaves the firmware's variables alone".to_owned();
        let hint = "turn `boot.loader.efi.canTouchEfiVariables` off, or this";
        report("efiInstallAsRemovable", code::REMOVABLE, message, hint);
    }
    if removable && !efi_support {
        let message = "a removable installation is one for UEFI".to_owned();
        report(
            "efiInstallAsRemovable",
            code::REMOVABLE,
            message,
            "add `efiSupport = true;`",
        );
    }
    let devices = grub.devices.iter().flatten().map(Text::text);
    twice(devices, &path.name("devices"), code::DEVICE_TWICE, problems);
}

/// Complains about each name of the list at `path` that is there again. Without an index: an element that could not be
/// read is not in the list any more.
fn twice<'a>(names: impl Iterator<Item = &'a str>, path: &AttrPath, code: Code, problems: &mut Vec<Problem>) {
    let mut known = BTreeSet::new();
    for name in names.filter(|name| !known.insert(*name)) {
        let message = format!("`{name}` is named twice");
        problems.push(problem(path.clone(), code, message, "leave one of them out"));
    }
}
