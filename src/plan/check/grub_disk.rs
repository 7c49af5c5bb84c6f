//! GRUB for BIOS finds room on its disk, and can read the file system that it boots from.

use super::{Plans, at, problem};
use crate::problem::{AttrPath, Problem, code};
use crate::sections::disk::mounts::each;
use crate::sections::disk::slots::{Slot, slots};
use crate::sections::disk::{Content, Disk};
use crate::sections::file_system::holding;
use crate::text::{Device, Place, SECTOR, Spot, TableFormat, Text};
use crate::{Grub, Plan};

pub fn check(plans: &Plans) -> Vec<Problem> {
    let (Some(given), Some(filled)) = (grub(plans.given), grub(plans.filled)) else {
        return Vec::new();
    };
    let mut problems = room(plans, given, filled);
    problems.extend(readable(plans));
    problems
}

fn grub(plan: &Plan) -> Option<&Grub> {
    plan.boot.as_ref()?.loader.as_ref()?.grub.as_ref()
}

/// Complains about disks without room for GRUB's core image.
fn room(plans: &Plans, given: &Grub, filled: &Grub) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(disks) = &plans.filled.disks else {
        return problems;
    };
    let name = if given.devices.is_some() { "devices" } else { "device" };
    for device in filled
        .devices
        .iter()
        .flatten()
        .filter(|device| device.text() != Device::NODEV)
    {
        let is_it = |disk: &Disk| disk.device.as_ref().is_some_and(|other| other.text() == device.text());
        let Some((disk, content)) = disks
            .present()
            .find_map(|(name, disk)| is_it(disk).then_some((name, &disk.content)))
        else {
            continue;
        };
        let table = at("disks").name(disk).name("content");
        let place = at("boot").name("loader").name("grub").name(name);
        let (message, hint) = match content {
            Some(Content::Gpt(_)) => {
                let slots = slots(disks);
                let has = |is_it: &dyn Fn(&Slot) -> bool| slots.iter().any(|slot| slot.table == table && is_it(slot));
                if has(&|slot| slot.kind.is_bios_boot()) {
                    continue;
                }
                let partition = table.name("partitions").name("boot");
                (
                    "BIOS cannot start GRUB from a GPT without a partition of the type `EF02`",
                    // A disk with an EFI system partition is meant to be started by UEFI.
                    if has(&|slot| slot.kind.is_efi()) && filled.efi_support != Some(true) {
                        "write `device = \"nodev\";` and `efiSupport = true;` for UEFI, of which the disk has the partition".to_owned()
                    } else {
                        format!("add `{partition} = {{ size = \"1M\"; type = \"EF02\"; }};`")
                    },
                )
            }
            Some(Content::Table(old)) if old.format != Some(TableFormat::Msdos) => {
                let mut flags = old
                    .partitions
                    .iter()
                    .flatten()
                    .flat_map(|partition| partition.flags.iter().flatten());
                if flags.any(|flag| flag.text() == "bios_grub") {
                    continue;
                }
                (
                    "BIOS cannot start GRUB from a GPT without a partition with the flag `bios_grub`",
                    "add one of 1 MiB".to_owned(),
                )
            }
            Some(Content::Msdos(_)) => {
                // In a master boot record, GRUB's core image lies between the record and the first partition.
                let first = slots(disks).into_iter().find(|slot| {
                    let start = slot.start.map(Place::spot);
                    slot.table == table && matches!(start, Some(Spot::At(start)) if start < 1024 * SECTOR)
                });
                let Some(first) = first else { continue };
                let message = "there is no room for GRUB in front of the partition";
                let hint = "leave `start` out, or write `start = \"1M\";`";
                problems.push(problem(
                    first.path.name("start"),
                    code::NO_BIOS_PARTITION,
                    message,
                    hint,
                ));
                continue;
            }
            Some(Content::Table(_)) | None => continue,
            Some(_) => (
                "there is no room for GRUB on a disk without a partition table",
                format!("give `{}` a partition table", at("disks").name(disk)),
            ),
        };
        let message = format!("`{}`: {message}", device.text());
        problems.push(problem(place, code::NO_BIOS_PARTITION, message, hint));
    }
    problems
}

/// File systems for which GRUB's images have no module. The modules that they have are in `src/build/grub.rs`.
const UNREADABLE: [&str; 10] = [
    "bcachefs", "erofs", "exfat", "f2fs", "iso9660", "nfs", "ntfs", "squashfs", "tmpfs", "zfs",
];

/// Features of file systems that GRUB 2.12 cannot read, as mke2fs(8) and mkfs.xfs(8) write them.
const FEATURES: [(&str, &[&str]); 2] = [
    ("ext4", &["casefold", "ea_inode", "inline_data"]),
    ("xfs", &["exchange=1", "parent=1"]),
];

fn readable(plans: &Plans) -> Option<Problem> {
    let file_systems = plans.filled.file_systems.as_ref()?;
    let (mount_point, file_system) = holding(file_systems, "/boot/grub")?;
    let place = at("fileSystems").name(mount_point);
    let report = |place: AttrPath, found: &str| {
        let message = format!("GRUB boots from `{mount_point}`, and cannot read {found}");
        let hint = "give `/boot` a file system of its own, as ext4 or vfat, that is not encrypted";
        Some(problem(place, code::UNREADABLE_BY_GRUB, message, hint))
    };
    let kind = file_system.kind();
    if UNREADABLE.contains(&kind) {
        return report(place.name("fsType"), &format!("`{kind}`"));
    }
    let device = file_system.device.as_ref().map_or("", Text::text);
    let mut found = None;
    each(plans.filled.disks.as_ref()?, &mut |path, content| match content {
        Content::Luks(luks) => {
            let name = luks.name.as_ref().map_or("", Text::text);
            let is_volume = device.strip_prefix("/dev/mapper/") == Some(name);
            let is_in_it = |content: &Content| match content {
                Content::LvmPv(pv) => pv.vg.as_ref().is_some_and(|vg| is_of_group(device, vg.text())),
                content => !device.is_empty() && content.device().is_some_and(|other| other.text() == device),
            };
            if is_volume || luks.content.as_deref().is_some_and(is_in_it) {
                found = report(path.clone(), "an encrypted volume");
            }
        }
        Content::Filesystem(found_there)
            if !device.is_empty() && content.device().is_some_and(|own| own.text() == device) =>
        {
            let format = found_there.format.as_ref().map_or("", Text::text);
            let unknown = FEATURES
                .iter()
                .find(|(known, _)| *known == format)
                .map(|(_, features)| *features);
            let words = content.arguments();
            let mut named = words.iter().flat_map(|word| word.split(','));
            if let Some(feature) = named.find(|word| unknown.is_some_and(|unknown| unknown.contains(word))) {
                found = report(
                    path.name("extraArgs"),
                    &format!("{format} with the feature `{feature}`"),
                );
            }
        }
        _ => {}
    });
    found
}

/// Whether a device is a volume of this group of LVM.
fn is_of_group(device: &str, group: &str) -> bool {
    let of_mapper = device
        .strip_prefix("/dev/mapper/")
        .and_then(|rest| rest.strip_prefix(group));
    let of_group = device.strip_prefix("/dev/").and_then(|rest| rest.strip_prefix(group));
    of_mapper.is_some_and(|rest| rest.starts_with('-')) || of_group.is_some_and(|rest| rest.starts_with('/'))
}
