//! The type of a partition fits what is on it: firmware, GRUB and systemd go by the type.

use super::{Plans, problem, warning};
use crate::problem::{Problem, code};
use crate::sections::disk::mounts::each;
use crate::sections::disk::slots::{Slot, slots};
use crate::sections::disk::{Content, Filesystem};
use crate::text::Text;

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(disks) = &plans.filled.disks else {
        return problems;
    };
    for slot in slots(disks) {
        if let Some(content) = slot.content {
            problems.extend(against(&slot, content));
        }
    }
    // Whatever the table: partitions hold no other one.
    each(disks, &mut |path, content| {
        let is_table = matches!(content, Content::Gpt(_) | Content::Msdos(_) | Content::Table(_));
        let is_in_table = path
            .0
            .iter()
            .rev()
            .nth(2)
            .is_some_and(|segment| *segment == crate::problem::Segment::Name("partitions".to_owned()));
        if is_table && is_in_table {
            let message = "a partition cannot hold a partition table";
            let hint = "put the partitions into the table of the disk";
            problems.push(problem(path.name("type"), code::TYPE_AGAINST_CONTENT, message, hint));
        }
    });
    problems
}

fn is_fat(filesystem: &Filesystem) -> bool {
    matches!(
        filesystem.format.as_ref().map_or("", Text::text),
        "vfat" | "msdos" | "fat"
    )
}

fn against(slot: &Slot, content: &Content) -> Option<Problem> {
    let place = slot.path.name("type");
    let word = content.word();
    if slot.kind.is_bios_boot() {
        let message = format!("GRUB writes itself over what is on the partition, and `{word}` is there");
        return Some(problem(
            place,
            code::TYPE_AGAINST_CONTENT,
            message,
            "leave `content` out, or the type",
        ));
    }
    if slot.kind.is_efi() {
        let found = match content {
            Content::Filesystem(filesystem) if is_fat(filesystem) => return None,
            // A mirror whose metadata is at the end looks to firmware as what it holds.
            Content::Mdraid(_) => return None,
            Content::Filesystem(filesystem) => filesystem.format.as_ref().map_or(word, Text::text),
            _ => word,
        };
        let message = format!("firmware reads `vfat` on an EFI system partition, and `{found}` is there");
        return Some(problem(
            place,
            code::TYPE_AGAINST_CONTENT,
            message,
            "write `format = \"vfat\";`, or leave the type out if it is no EFI system partition",
        ));
    }
    let is_swap = matches!(content, Content::Swap(_));
    if is_swap != slot.kind.is_swap() {
        let message = if is_swap {
            "swap is on a partition that is none for swap"
        } else {
            "the partition is one for swap, and something else is on it"
        };
        return Some(warning(
            place,
            code::TYPE_AGAINST_CONTENT,
            message,
            "leave the type out: it follows from the content",
        ));
    }
    None
}
