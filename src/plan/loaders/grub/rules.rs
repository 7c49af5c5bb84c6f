//! What is wrong with GRUB's own attributes. What they have to do with disks is in `check/grub_disk.rs`.

use super::Grub;
use crate::loaders::{Around, twice};
use crate::problem::{AttrPath, Problem, code, problem};
use crate::text::{Device, Text};

/// What is wrong with GRUB's own attributes.
pub fn check(grub: &Grub, around: &Around<'_>, problems: &mut Vec<Problem>) {
    let path = around.path;
    // The plan's name is the title of its menu entry. GRUB would take a title that starts with `-` for an option.
    if around.name.is_some_and(|name| name.starts_with('-')) {
        let message = "GRUB takes a title that begins with `-` for an option";
        let path = AttrPath::default().name("name");
        problems.push(problem(path, code::BAD_LABEL, message, "begin the name with a letter"));
    }
    let has_bios = around.firmware.is_none_or(|firmware| firmware.bios.is_some());
    let efi = around.efi;
    let follows = grub.device.is_none() && grub.devices.is_none() && !around.bios_disks.is_empty();
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
