//! A disk has a name that stays the same. The kernel's own names (`sda`, `nvme0n1`) do not: it counts disks in the
//! order in which it finds them, and that may be another one at the next start.

use super::{Plans, at, warning};
use crate::Map;
use crate::problem::{AttrPath, Problem, Segment, code};
use crate::sections::disk::mounts::mounts;
use crate::text::Text;

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, file_system) in plans.given.file_systems.iter().flat_map(Map::present) {
        if let Some(device) = &file_system.device {
            let place = at("fileSystems").name(path).name("device");
            let hint = "write `/dev/disk/by-uuid/...` or `/dev/disk/by-partlabel/...`, or give `label`";
            problems.extend(unstable(place, device.text(), hint));
        }
    }
    // A file system that is found by a name or UUID of its own does not depend on the disk's name.
    for mount in mounts(plans.filled) {
        let mounted = mount.file_system.device.as_ref().map_or("", Text::text);
        if let (Some(disks), [_, Segment::Name(name), ..]) = (&plans.filled.disks, &mount.place.0[..])
            && let Some(device) = disks.get(name).and_then(|disk| disk.device.as_ref())
            && mounted.starts_with(device.text())
        {
            let hint = "write `/dev/disk/by-id/...`, or let the table be `gpt`, whose partitions have names";
            problems.extend(unstable(at("disks").name(name).name("device"), device.text(), hint));
        }
    }
    let loader = plans.given.boot.as_ref().and_then(|boot| boot.loader.as_ref());
    if let Some(grub) = loader.and_then(|loader| loader.grub.as_ref()) {
        let place = at("boot").name("loader").name("grub");
        let hint = "write `/dev/disk/by-id/...`";
        let device = grub.device.iter().map(|device| ("device", device));
        // Without an index: an element that could not be read is not in the list any more.
        let devices = grub.devices.iter().flatten().map(|device| ("devices", device));
        for (name, device) in device.chain(devices) {
            problems.extend(unstable(place.name(name), device.text(), hint));
        }
    }
    problems
}

fn unstable(path: AttrPath, device: &str, hint: &str) -> Option<Problem> {
    is_unstable(device).then(|| {
        let message = format!("`{device}` may be another disk at the next start");
        warning(path, code::UNSTABLE_DEVICE, message, hint)
    })
}

/// Whether the kernel counts such names in the order in which it finds disks: `sda1`, `vdb`, `nvme0n1p2`, `mmcblk0`.
pub(super) fn is_unstable(device: &str) -> bool {
    let Some(name) = device.strip_prefix("/dev/") else {
        return false;
    };
    let lettered = ["sd", "vd", "hd", "xvd"].iter().any(|prefix| {
        name.strip_prefix(prefix).is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_ascii_lowercase())
                && rest
                    .trim_start_matches(|c: char| c.is_ascii_lowercase())
                    .bytes()
                    .all(|b| b.is_ascii_digit())
        })
    });
    let numbered = ["nvme", "mmcblk"].iter().any(|prefix| {
        name.strip_prefix(prefix).is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_ascii_digit()) && rest.bytes().all(|b| b.is_ascii_alphanumeric())
        })
    });
    lettered || numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_order_of_finding_are_told_from_those_that_stay() {
        for unstable in [
            "/dev/sda",
            "/dev/sdaa12",
            "/dev/vdb1",
            "/dev/xvda",
            "/dev/nvme0n1",
            "/dev/nvme10n1p2",
            "/dev/mmcblk0p1",
        ] {
            assert!(is_unstable(unstable), "{unstable}");
        }
        for stable in [
            "/dev/disk/by-id/ata-sda",
            "/dev/mapper/sda",
            "/dev/md0",
            "/dev/sd",
            "/dev/sda/b",
            "/dev/vg0/root",
            "/dev/nvme-fabrics",
            "UUID=sda",
            "nodev",
            "sda",
        ] {
            assert!(!is_unstable(stable), "{stable}");
        }
    }
}
