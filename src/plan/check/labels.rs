//! A label that a file system or partition is found by has no more bytes than its kind can store.

use super::{Plans, at, problem};
use crate::Map;
use crate::problem::{Problem, code};
use crate::sections::disk::Content;
use crate::sections::disk::mounts::each;
use crate::text::{GPT_NAME_UNITS, Text};

/// The most bytes that the label of each kind of file system has: ext4(5) (`s_volume_name`), Microsoft's FAT
/// specification (`BS_VolLab`), mkfs.xfs(8), `BTRFS_LABEL_SIZE` without its NUL.
const BYTES: [(&str, usize); 8] = [
    ("ext2", 16),
    ("ext3", 16),
    ("ext4", 16),
    ("vfat", 11),
    ("xfs", 12),
    ("btrfs", 255),
    ("f2fs", 512),
    // mkswap(8).
    ("swap", 15),
];

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, file_system) in plans.given.file_systems.iter().flat_map(Map::present) {
        let place = at("fileSystems").name(path);
        let kind = file_system.kind();
        let limit = BYTES.iter().find(|(known, _)| *known == kind);
        if let (Some((_, limit)), Some(label)) = (limit, file_system.wanted_label()) {
            let length = bytes(label);
            if length > *limit {
                let name = if file_system.label.is_some() { "label" } else { "device" };
                let message = format!("the label has {length} bytes; `{kind}` takes {limit}");
                problems.push(problem(
                    place.name(name),
                    code::LONG_LABEL,
                    message,
                    "choose a shorter one",
                ));
            }
        }
        let device = file_system.device.as_ref().map_or("", Text::text);
        if let Some(name) = device.strip_prefix("/dev/disk/by-partlabel/") {
            let length = name.encode_utf16().count() - escapes(name);
            if length > GPT_NAME_UNITS {
                let message = format!("the partition's name has {length} characters; a GPT takes {GPT_NAME_UNITS}");
                problems.push(problem(
                    place.name("device"),
                    code::LONG_LABEL,
                    message,
                    "choose a shorter one",
                ));
            }
        }
    }
    if let Some(disks) = &plans.given.disks {
        each(disks, &mut |path, content| {
            let kind = match content {
                Content::Filesystem(filesystem) => filesystem.format.as_ref().map_or("", Text::text),
                content => content.word(),
            };
            let limit = BYTES.iter().find(|(known, _)| *known == kind);
            if let (Some((_, limit)), Some(label)) = (limit, content.label())
                && label.len() > *limit
            {
                let message = format!("the label `{label}` has {} bytes; `{kind}` takes {limit}", label.len());
                problems.push(problem(
                    path.name("extraArgs"),
                    code::LONG_LABEL,
                    message,
                    "choose a shorter one",
                ));
            }
        });
    }
    problems
}

/// The length of a label in bytes. udev's names for labels write some characters as `\x` and two digits.
fn bytes(label: &str) -> usize {
    label.len() - escapes(label)
}

/// How many bytes longer udev's name is than the label itself.
fn escapes(label: &str) -> usize {
    3 * label.matches("\\x").count()
}
