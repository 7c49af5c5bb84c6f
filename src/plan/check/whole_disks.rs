//! GRUB for BIOS is given a disk and not a partition: BIOS starts the first sector of a disk. `pre-boot` would refuse a
//! partition.

use super::device_names::is_unstable;
use super::{Plans, at, problem};
use crate::problem::{Problem, code};
use crate::sections::disk::slots::slots;
use crate::text::Text;

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = Vec::new();
    let loader = plans.given.boot.as_ref().and_then(|boot| boot.loader.as_ref());
    let Some(grub) = loader.and_then(|loader| loader.grub.as_ref()) else {
        return problems;
    };
    let slots = plans.filled.disks.as_ref().map(slots).unwrap_or_default();
    // Without an index: an element that could not be read is not in the list any more.
    let devices = grub.device.iter().map(|device| ("device", device));
    for (name, device) in devices.chain(grub.devices.iter().flatten().map(|device| ("devices", device))) {
        let text = device.text();
        let is_of_plan = slots
            .iter()
            .any(|slot| slot.device.is_some_and(|own| own.text() == text));
        if is_of_plan || is_partition(text) {
            let place = at("boot").name("loader").name("grub").name(name);
            let message = format!("`{text}` is a partition, and BIOS starts GRUB from a disk");
            problems.push(problem(
                place,
                code::GRUB_ON_PARTITION,
                message,
                "name the disk that the partition is on",
            ));
        }
    }
    problems
}

/// Whether this name is that of a partition: one by udev (`...-part1`, or the names in the table), or one by the kernel
/// (`sda1`, `nvme0n1p1`).
fn is_partition(device: &str) -> bool {
    let rest = device.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_numbered = rest.len() < device.len();
    if device.starts_with("/dev/disk/") {
        return device.starts_with("/dev/disk/by-part") || is_numbered && rest.ends_with("-part");
    }
    // On disks whose own names end in a number, a `p` stands before the partition's number.
    let is_of_numbered = device.starts_with("/dev/nvme") || device.starts_with("/dev/mmcblk");
    is_numbered && is_unstable(device) && (!is_of_numbered || rest.ends_with('p'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_told_from_disks_by_their_names() {
        for partition in [
            "/dev/sda1",
            "/dev/vdb12",
            "/dev/xvda2",
            "/dev/nvme0n1p3",
            "/dev/mmcblk0p1",
            "/dev/disk/by-id/ata-SSD_1-part2",
            "/dev/disk/by-path/pci-0000:00:05.0-part1",
            "/dev/disk/by-partlabel/boot",
            "/dev/disk/by-partuuid/809b3a2b-828a-4730-95e1-75b6343e415a",
        ] {
            assert!(is_partition(partition), "{partition}");
        }
        for disk in [
            "nodev",
            "/dev/sda",
            "/dev/nvme0n1",
            "/dev/mmcblk0",
            "/dev/md0",
            "/dev/loop1",
            "/dev/disk/by-id/ata-SSD_1",
            "/dev/disk/by-id/wwn-0x5002538e40df4a1d",
            "/dev/disk/by-path/pci-0000:00:05.0",
            "/dev/mapper/disk1",
            "/dev/part1",
        ] {
            assert!(!is_partition(disk), "{disk}");
        }
    }
}
