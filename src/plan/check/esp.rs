//! A boot loader for UEFI finds an EFI system partition where it looks for one, and that partition is large enough.

use super::disk_space::told;
use super::{Plans, at, problem, warning};
use crate::problem::{AttrPath, Problem, code};
use crate::sections::disk::Content;
use crate::sections::disk::slots::{Kind, Slot, slots};
use crate::sections::file_system::holding;
use crate::text::Text;
use crate::{FileSystem, Loader};

/// The smallest FAT32: 65,525 clusters (Microsoft's FAT specification), each of one sector here, and two tables of
/// them. Firmware need not start from a smaller FAT on a fixed disk.
const FAT32_BYTES: u64 = 33 << 20;

/// How much room a generation is taken to need on an EFI system partition. The files themselves are not looked at:
/// kernel and initial RAM disk of the distributions have from 30 to 80 MiB together.
const GENERATION_BYTES: u64 = 40 << 20;

/// How many generations a partition should hold: the one that runs, a new one beside it, and one to fall back to.
const USUAL_GENERATIONS: u64 = 3;

/// File systems that firmware reads. `auto` may be one of them.
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
    let slots = plans.filled.disks.as_ref().map(slots).unwrap_or_default();
    let mount_points = &loader.efi.as_ref()?.efi_sys_mount_point.as_ref()?.0;
    // An EFI system partition that is mounted elsewhere is probably the one that the author means.
    let is_meant = |path: &str, found: &FileSystem| {
        let is_usual = path.starts_with("/boot") || path.starts_with("/efi");
        let is_one = slot_of(&slots, found).is_some_and(|slot| slot.kind.is_efi());
        found.kind() == "vfat" && (is_usual || is_one) && !mount_points.iter().any(|own| own.text() == path)
    };
    let elsewhere = file_systems
        .present()
        .find_map(|(path, found)| is_meant(path, found).then_some(path.as_str()));
    let is_of_author = |path: &str| {
        plans
            .given
            .file_systems
            .as_ref()
            .is_some_and(|given| given.entries.contains_key(path))
    };
    for mount_point in mount_points {
        let path = mount_point.text();
        match file_systems.entries.get(path).and_then(Option::as_ref) {
            None => {
                let message = format!("the boot loader goes to `{path}`, and no file system is mounted there");
                let loader = at("boot").name("loader").name("efi").name("efiSysMountPoint");
                let by_hand = plans.given.disks.is_none() || file_systems.present().any(|(path, _)| is_of_author(path));
                let place = match (is_given, by_hand) {
                    (true, _) => loader.clone(),
                    (false, true) => at("fileSystems"),
                    (false, false) => at("disks"),
                };
                problems.push(problem(
                    place,
                    code::NO_ESP,
                    message,
                    missing(path, elsewhere, &slots, by_hand, &loader),
                ));
            }
            Some(file_system) if !READABLE.contains(&file_system.kind()) => {
                let slot = slot_of(&slots, file_system);
                // For a partition of the type of EFI system partitions, `partition_types.rs` reports that it holds no
                // FAT.
                if slot.is_some_and(|slot| slot.kind.is_efi()) {
                    continue;
                }
                let message = format!(
                    "the boot loader goes to `{path}`, and firmware cannot read `{}`",
                    file_system.kind()
                );
                let place = at("fileSystems").name(path).name("fsType");
                let hint = match elsewhere {
                    Some(other) => {
                        format!("write `boot.loader.efi.efiSysMountPoint = \"{other}\";`, where a `vfat` is")
                    }
                    None if is_of_author(path) => "an EFI system partition has `fsType = \"vfat\";`".to_owned(),
                    None => "an EFI system partition has `format = \"vfat\";`".to_owned(),
                };
                problems.push(problem(place, code::NO_ESP, message, hint));
            }
            Some(file_system) => {
                if let Some(slot) = slot_of(&slots, file_system) {
                    problems.extend(wrong_type(slot, path));
                    problems.extend(too_small(slot, generations(plans, loader, path)));
                }
            }
        }
    }
    Some(problems)
}

/// The partition that holds a file system.
fn slot_of<'a>(slots: &'a [Slot<'a>], file_system: &FileSystem) -> Option<&'a Slot<'a>> {
    let device = file_system.device.as_ref().map_or("", Text::text);
    slots.iter().find(|slot| {
        slot.content
            .and_then(|content| content.device())
            .is_some_and(|own| own.text() == device)
    })
}

/// The hint for a plan with nothing mounted at `path`.
fn missing(path: &str, elsewhere: Option<&str>, slots: &[Slot], by_hand: bool, loader: &AttrPath) -> String {
    if let Some(other) = elsewhere {
        return format!("write `{loader} = \"{other}\";`, where a `vfat` is mounted");
    }
    let is_free = |slot: &&Slot| slot.kind.is_efi() && matches!(slot.content, None | Some(Content::Filesystem(_)));
    if let Some(slot) = slots.iter().find(is_free) {
        let content = slot.path.name("content");
        return format!("add `{content} = {{ type = \"filesystem\"; format = \"vfat\"; mountpoint = \"{path}\"; }};`");
    }
    if by_hand {
        let entry = at("fileSystems").name(path);
        return format!(
            "add `{entry} = {{ device = \"...\"; fsType = \"vfat\"; }};`, or name another one in `{loader}`"
        );
    }
    format!(
        "give a disk the partition `ESP = {{ size = \"1G\"; type = \"EF00\"; content = {{ type = \"filesystem\"; format = \
         \"vfat\"; mountpoint = \"{path}\"; }}; }};`"
    )
}

/// Complains about a partition of another type: firmware finds the EFI system partition by its type.
fn wrong_type(slot: &Slot, path: &str) -> Option<Problem> {
    (!slot.kind.is_efi()).then(|| {
        let message = format!("the boot loader goes to `{path}`, and firmware does not look into this partition");
        let wanted = if matches!(slot.kind, Kind::Mbr(_)) {
            "ef"
        } else {
            "EF00"
        };
        let hint = format!("write `type = \"{wanted}\";`");
        problem(slot.path.name("type"), code::NO_ESP, message, hint)
    })
}

/// How many generations the EFI system partition mounted at `path` should hold. `None` where kernels lie elsewhere.
fn generations(plans: &Plans, loader: &Loader, path: &str) -> Option<u64> {
    if let Some(systemd_boot) = &loader.systemd_boot {
        let limit = systemd_boot.configuration_limit.map(|limit| limit.0.into());
        return Some(limit.unwrap_or(USUAL_GENERATIONS));
    }
    let (mount_point, _) = holding(plans.filled.file_systems.as_ref()?, "/boot/grub")?;
    let given = plans.given.boot.as_ref()?.loader.as_ref()?.grub.as_ref()?;
    let limit = given.configuration_limit.map(|limit| limit.0.into());
    (mount_point == path).then(|| limit.unwrap_or(USUAL_GENERATIONS))
}

fn too_small(slot: &Slot, generations: Option<u64>) -> Option<Problem> {
    let bytes = slot.bytes()?;
    let place = slot.path.name(if slot.size.is_some() { "size" } else { "end" });
    if bytes < FAT32_BYTES {
        let message = format!(
            "the EFI system partition has {}; FAT32, which all firmware reads, begins at 33M",
            told(bytes)
        );
        return Some(warning(place, code::SMALL_ESP, message, "write `size = \"512M\";`"));
    }
    let generations = generations?;
    let needed = generations.saturating_mul(GENERATION_BYTES);
    (bytes < needed).then(|| {
        let message = format!(
            "{generations} generations may fill the EFI system partition: it has {}, and they need {} if each has a kernel \
             and an initial RAM disk of its own, of 40M together",
            told(bytes),
            told(needed)
        );
        let hint = "make it larger, or set a lower `configurationLimit`";
        warning(place, code::SMALL_ESP, message, hint)
    })
}
