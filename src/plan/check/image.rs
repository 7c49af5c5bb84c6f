//! What a disk image of a plan cannot have yet. These are no rules for the plan itself: the machine may be installed
//! without an image.

use crate::Plan;
use crate::problem::{AttrPath, Problem, code};
use crate::sections::disk::mounts::{each, mounts};
use crate::sections::disk::slots::{Kind, slots};
use crate::sections::disk::types::guid;
use crate::sections::disk::{Content, Disk};
use crate::text::{PartitionSize, Text};
use step::REGISTRATION;
use tree::path::{STORE_DIR, beneath};

use super::{at, problem};

/// The file systems that an image can have, each with the package of Nixpkgs whose mkfs makes it; `None` where it is made
/// without one. A test of the builder of images holds that these are the ones that it makes.
pub const FILE_SYSTEMS: [(&str, Option<&str>); 3] = [
    ("erofs", Some("pkgs.erofs-utils")),
    ("ext4", Some("pkgs.e2fsprogs")),
    ("vfat", None),
];

/// The problems that a filled plan has as an image, sorted by path. All of them are errors; without any, an image can
/// be made.
pub fn image(plan: &Plan) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(disks) = plan.disks.as_ref().filter(|disks| disks.present().next().is_some()) else {
        let message = "an image needs disks";
        let hint =
            "add `disks.main = { device = \"/dev/vda\"; content = { type = \"gpt\"; partitions = { ... }; }; };`";
        return vec![problem(at("disks"), code::NOT_IN_IMAGES, message, hint)];
    };
    let mut names: Vec<&str> = Vec::new();
    for (name, disk) in disks.present() {
        of_disk(&at("disks").name(name), disk, &mut problems);
        let image = disk.image_name.as_ref().map_or(name.as_str(), Text::text);
        if names.contains(&image) {
            let message = format!("the image `{image}` is that of another disk already");
            let place = at("disks").name(name).name("imageName");
            problems.push(problem(place, code::NAME_TWICE, message, "choose another one"));
        }
        names.push(image);
    }
    if plan
        .boot
        .as_ref()
        .and_then(|boot| boot.loader.as_ref()?.external.as_ref())
        .is_some()
    {
        let place = at("boot").name("loader").name("external");
        problems.push(not_yet(
            place,
            "a boot loader of one's own",
            "take GRUB or systemd-boot, or leave `boot` out",
        ));
    }
    each(disks, &mut |path, content| {
        problems.extend(of_content(plan, path, content));
    });
    for slot in slots(disks) {
        if let Kind::Gpt(kind) = slot.kind
            && guid(kind).is_none()
        {
            let message = format!("`{kind}` is no type of sgdisk's that is known here");
            let hint = "write the UUID of the type";
            problems.push(problem(slot.path.name("type"), code::NOT_IN_IMAGES, message, hint));
        }
        if slot.size.is_some_and(|size| size.text() == PartitionSize::REST) && slot.content.is_none() {
            let message = "nothing is on the partition, so that no size of an image follows from it";
            let own = slot.disk().and_then(|name| disks.get(name)?.image_size.as_ref());
            let all = plan.image.as_ref().and_then(|image| image.size.as_ref()?.bytes());
            if own.is_none() && all.is_none() {
                let hint = "give it a `content`, or set `image.size`";
                problems.push(problem(slot.path.name("size"), code::NOT_IN_IMAGES, message, hint));
            }
        }
    }
    let mounts = mounts(plan);
    let is_on_disk = |path: &str| {
        mounts
            .iter()
            .any(|mount| beneath(mount.mount_point.text(), path).is_some())
    };
    if !is_on_disk(STORE_DIR) && problems.is_empty() {
        let message = "no file system of the disks holds `/nix/store`, and the system has no place on them";
        let hint = "give a partition `content = { type = \"filesystem\"; format = \"ext4\"; mountpoint = \"/\"; };`";
        problems.push(problem(at("disks"), code::NOT_IN_IMAGES, message, hint));
    } else if !is_on_disk(REGISTRATION)
        && plan.nix.as_ref().is_some_and(|nix| nix.enable == Some(true))
        && problems.is_empty()
    {
        // A Nix that does not know of its store takes all of it for garbage.
        let message = "`/` is on none of the disks, so that nothing tells Nix of the store";
        let hint = "give a partition the mount point `/`";
        problems.push(problem(at("nix").name("enable"), code::NOT_IN_IMAGES, message, hint));
    }
    problems.sort_unstable();
    problems
}

fn not_yet(path: AttrPath, what: &str, hint: &str) -> Problem {
    problem(path, code::NOT_IN_IMAGES, format!("{what} is not yet in images"), hint)
}

fn of_disk(path: &AttrPath, disk: &Disk, problems: &mut Vec<Problem>) {
    match &disk.content {
        None => problems.push(problem(
            path.name("content"),
            code::NOT_IN_IMAGES,
            "nothing is on the disk, and an image has nothing to hold",
            "add a partition table, or leave the disk out",
        )),
        Some(Content::Gpt(gpt)) => {
            for (name, partition) in gpt.partitions.iter().flat_map(crate::Named::present) {
                if partition.hybrid.is_some() {
                    let place = path.name("content").name("partitions").name(name).name("hybrid");
                    problems.push(not_yet(place, "a hybrid master boot record", "leave `hybrid` out"));
                }
            }
        }
        Some(Content::Filesystem(_) | Content::Swap(_)) => {
            let hint = "put it into a partition of `type = \"gpt\";`";
            problems.push(not_yet(path.name("content"), "a disk without a partition table", hint));
        }
        Some(_) => {}
    }
}

fn of_content(plan: &Plan, path: &AttrPath, content: &Content) -> Option<Problem> {
    let hint = "take ext4, vfat, erofs or swap, or install the machine with its disks mounted";
    let what = match content {
        Content::Gpt(_) | Content::Msdos(_) | Content::Swap(_) => return None,
        Content::Table(_) => {
            let hint = "write `type = \"gpt\";`, with the partitions by name";
            return Some(not_yet(path.name("type"), "disko's outdated `table`", hint));
        }
        Content::Filesystem(filesystem) => {
            let format = filesystem.format.as_ref().map_or("", Text::text);
            let Some((_, package)) = FILE_SYSTEMS.iter().find(|(known, _)| *known == format) else {
                return Some(not_yet(path.name("format"), &format!("`{format}`"), hint));
            };
            let mkfs = plan.image.as_ref().and_then(|image| image.mkfs.as_ref());
            let has_package = mkfs.is_some_and(|mkfs| mkfs.get(format).is_some());
            if let Some(package) = package
                && !has_package
            {
                let message = format!("an image with `{format}` needs the package with `mkfs.{format}`");
                let hint = format!("add `image.mkfs.{format} = {package};`");
                return Some(problem(path.name("format"), code::NOT_IN_IMAGES, message, hint));
            }
            return None;
        }
        Content::Btrfs(_) => "btrfs",
        Content::Luks(_) => "an encrypted volume",
        Content::LvmPv(_) => "a volume of LVM",
        Content::Mdraid(_) => "a member of a RAID",
        Content::Zfs(_) => "ZFS",
        Content::Bcachefs(_) => "bcachefs",
    };
    Some(not_yet(path.name("type"), what, hint))
}
