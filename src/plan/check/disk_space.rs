//! The partitions of a disk fit on it, and do not overlap. Places are calculated as far as the plan alone tells them:
//! the size of the real disk is not known.

use super::{Plans, at, problem, warning};
use crate::problem::{AttrPath, Problem, code};
use crate::sections::disk::Content;
use crate::sections::disk::mounts::each;
use crate::sections::disk::slots::{Slot, disk_of, slots};
use crate::text::{ImageSize, Place, SECTOR, Spot, Text};

/// The multiple of bytes at which sgdisk starts partitions.
const MIB: u64 = 1 << 20;

/// The length of the second table of a GPT, at the end of the disk: 32 sectors of entries, and its header (UEFI, 5.3).
const SECOND_TABLE: u64 = 33 * SECTOR;

/// The number of sectors that a master boot record can count: 32 bits.
const MSDOS_BYTES: u64 = (1 << 32) * SECTOR;

pub fn check(plans: &Plans) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(disks) = &plans.filled.disks else {
        return problems;
    };
    // They come in the order of their tables.
    let slots = slots(disks);
    let mut rest = &slots[..];
    each(disks, &mut |table, content| {
        if matches!(content, Content::Gpt(_) | Content::Msdos(_)) {
            let count = rest.iter().take_while(|slot| slot.table == *table).count();
            let (own, others) = rest.split_at(count);
            rest = others;
            let mut layout = Layout::new(matches!(content, Content::Msdos(_)));
            for slot in own {
                layout.add(slot, &mut problems);
            }
            problems.extend(layout.too_small(plans, table));
        }
    });
    problems
}

/// What is known of a table while its partitions are added one by one.
struct Layout<'a> {
    is_msdos: bool,
    /// The end of the last partition whose place is known.
    end: u64,
    /// The partitions whose places are known.
    known: Vec<(u64, u64, &'a str)>,
    /// The partition that takes all that is left, and how much it leaves free at the end of the disk.
    rest: Option<(&'a str, u64)>,
}

impl<'a> Layout<'a> {
    fn new(is_msdos: bool) -> Self {
        Self {
            is_msdos,
            end: MIB,
            known: Vec::new(),
            rest: None,
        }
    }

    fn add(&mut self, slot: &'a Slot<'a>, problems: &mut Vec<Problem>) {
        let Some(end) = slot.end.map(Place::spot) else {
            let message = "the partition has neither `size` nor `end`";
            let hint = "write `size = \"100%\";` for all that is left";
            problems.push(problem(slot.path.clone(), code::NO_SIZE, message, hint));
            return;
        };
        let start = slot.start.map_or(Spot::Next, Place::spot);
        problems.extend(two_sizes(slot));
        problems.extend(tiny(slot));
        problems.extend(unaligned(slot, start));
        let start = match start {
            Spot::Next => self.next(0),
            Spot::After(bytes) => self.next(bytes),
            Spot::At(start) => Some(start),
            Spot::BeforeEnd(_) => None,
        };
        match (start, end) {
            (None, Spot::BeforeEnd(behind)) if from_end(slot).is_some_and(|start| start <= behind) => {
                let message = format!(
                    "the partition ends {} in front of the disk's end, and starts behind that",
                    told(behind)
                );
                let hint = "write a later `end`, or an earlier `start`";
                problems.push(problem(slot.path.clone(), code::BAD_SIZE, message, hint));
            }
            (Some(start), Spot::At(end)) => self.place(slot, start, end, problems),
            (Some(start), Spot::After(bytes)) => self.place(slot, start, start.saturating_add(bytes), problems),
            (Some(start), Spot::Next) => self.take_rest(slot, start, 0),
            (Some(start), Spot::BeforeEnd(left)) => self.take_rest(slot, start, left),
            (None, end) => self.use_rest(slot, end, problems),
        }
    }

    /// Where the next partition starts if it does not say so. `None` behind the partition that takes all that is left.
    fn next(&self, bytes: u64) -> Option<u64> {
        let start = self.end.checked_next_multiple_of(MIB)?.checked_add(bytes)?;
        self.rest.is_none().then_some(start)
    }

    fn place(&mut self, slot: &'a Slot<'a>, start: u64, end: u64, problems: &mut Vec<Problem>) {
        let mut report = |code, message: String, hint: &str| {
            problems.push(problem(slot.path.clone(), code, message, hint));
        };
        if end <= start {
            report(
                code::BAD_SIZE,
                format!("the partition ends at {}, and starts at {}", told(end), told(start)),
                "write a later `end`, or `size`",
            );
            return;
        }
        if self.is_msdos && end > MSDOS_BYTES {
            report(
                code::MSDOS_LIMIT,
                format!("the partition ends at {}; a master boot record counts to 2T", told(end)),
                "write `type = \"gpt\";` for the table",
            );
        }
        // Behind all of them, as most are, none needs to be looked at.
        let known = if start < self.end { &self.known[..] } else { &[] };
        let other = known.iter().find(|(first, behind, _)| start < *behind && *first < end);
        if let Some((_, other_end, name)) = other {
            report(
                code::PARTITIONS_OVERLAP,
                format!(
                    "the partition starts at {}, and `{name}` ends at {}",
                    told(start),
                    told(*other_end)
                ),
                "leave `start` out: it comes behind the others then",
            );
        }
        self.known.push((start, end, slot.name));
        self.end = self.end.max(end);
    }

    fn take_rest(&mut self, slot: &'a Slot<'a>, start: u64, left: u64) {
        self.rest = Some((slot.name, left));
        self.end = self.end.max(start.saturating_add(MIB));
    }

    /// Complains about a partition behind the one that takes all that is left.
    fn use_rest(&mut self, slot: &'a Slot<'a>, end: Spot, problems: &mut Vec<Problem>) {
        let Some((name, left)) = self.rest else { return };
        let remaining = match end {
            Spot::After(bytes) => left.checked_sub(bytes),
            Spot::Next => (left > 0).then_some(0),
            Spot::BeforeEnd(bytes) => Some(bytes).filter(|bytes| *bytes < left),
            Spot::At(_) => Some(left),
        };
        if let Some(remaining) = remaining {
            self.rest = Some((name, remaining));
            return;
        }
        let message = match left {
            0 => format!("nothing is left for the partition: `{name}` takes it all"),
            left => format!("`{name}` leaves {}, and the partition needs more", told(left)),
        };
        let hint = "give all but the last one a size, or a lower `priority`";
        problems.push(problem(slot.path.clone(), code::NO_ROOM, message, hint));
    }

    /// Complains if the plan says how large the disk is, and it is too small.
    fn too_small(&self, plans: &Plans, table: &AttrPath) -> Option<Problem> {
        let disk = disk_of(table)?;
        let own = plans.filled.disks.as_ref()?.get(disk)?.image_size.as_ref();
        let (place, size) = if let Some(size) = own {
            (at("disks").name(disk).name("imageSize"), size.bytes())
        } else {
            let size = plans.given.image.as_ref()?.size.as_ref().and_then(ImageSize::bytes)?;
            (at("image").name("size"), size)
        };
        let left = self.rest.map_or(0, |(_, left)| left);
        let table = if self.is_msdos { 0 } else { SECOND_TABLE };
        let needed = self.end.saturating_add(left).saturating_add(table);
        (size < needed).then(|| {
            let message = format!("the partitions of `{disk}` need {} at least", told(needed));
            problem(
                place,
                code::DISK_TOO_SMALL,
                message,
                "write a larger one, or `\"auto\"` in `image.size`",
            )
        })
    }
}

/// For a partition that starts at a distance from the end of the disk: that distance.
fn from_end(slot: &Slot) -> Option<u64> {
    match slot.start?.spot() {
        Spot::BeforeEnd(bytes) => Some(bytes),
        _ => None,
    }
}

/// Complains about a tiny partition with something on it. A size without a unit counts sectors, which is rarely meant.
fn tiny(slot: &Slot) -> Option<Problem> {
    let bytes = slot
        .size?
        .bytes()
        .filter(|bytes| *bytes < MIB && slot.content.is_some())?;
    let message = format!("the partition has {}", told(bytes));
    let hint = "write a unit, as in `\"512M\"`: without one, a size counts in sectors";
    Some(warning(slot.path.name("size"), code::TINY_PARTITION, message, hint))
}

/// Complains about a partition with a size and an end: the size is ignored.
fn two_sizes(slot: &Slot) -> Option<Problem> {
    let (size, end) = (slot.size?, slot.end?);
    let agree = match (size.bytes(), end.spot()) {
        (Some(bytes), Spot::After(other)) => bytes == other,
        (None, Spot::BeforeEnd(0) | Spot::Next) => true,
        _ => false,
    };
    (!agree).then(|| {
        let message = format!("`size` is not looked at: the partition has an `end`, `{}`", end.text());
        warning(
            slot.path.name("size"),
            code::TWO_SIZES,
            message,
            "leave one of them out",
        )
    })
}

/// Complains about a partition that starts at no multiple of 1 MiB: most disks are slow there. GRUB's own is left out, as
/// it is only read once.
fn unaligned(slot: &Slot, start: Spot) -> Option<Problem> {
    let Spot::At(start_bytes) = start else { return None };
    let in_sectors = [slot.start, slot.end].into_iter().flatten().any(Place::is_in_sectors);
    let is_meant = slot.alignment > 1 || slot.alignment == 1 && !in_sectors || slot.kind.is_bios_boot();
    (!start_bytes.is_multiple_of(MIB) && !is_meant).then(|| {
        let message = format!(
            "the partition starts at {}, which is no multiple of 1M",
            told(start_bytes)
        );
        let hint = "leave `start` out, or set `alignment` if it is meant so";
        warning(slot.path.name("start"), code::UNALIGNED, message, hint)
    })
}

/// A number of bytes as a plan would write it, in the largest unit that it is a multiple of. Other numbers are rounded
/// up.
pub(super) fn told(bytes: u64) -> String {
    let units = [("T", 1_u64 << 40), ("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)];
    match units
        .iter()
        .find(|(_, unit)| bytes >= *unit && bytes.is_multiple_of(*unit))
    {
        Some((letter, unit)) => format!("{}{letter}", bytes / unit),
        None if bytes > MIB => format!("{}M", bytes.div_ceil(MIB)),
        None => format!("{bytes} bytes"),
    }
}
