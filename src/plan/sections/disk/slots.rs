//! The partitions of a filled plan's disks in one form for all tables. The rules look at them.

use crate::Named;
use crate::text::{DeviceName, DevicePath, Guid, PartitionName, PartitionSize, Place, Text};
use step::partition_type;

use super::fill::in_order;
use super::{Content, Disk};
use super::{mounts::each, types};
use crate::problem::{AttrPath, Segment};

/// A partition.
pub struct Slot<'a> {
    /// Its place in the plan.
    pub path: AttrPath,
    /// The place of its table in the plan.
    pub table: AttrPath,
    /// The name of its attribute.
    pub name: &'a str,
    /// Its type.
    pub kind: Kind<'a>,
    /// How large it is.
    pub size: Option<&'a PartitionSize>,
    /// Where it starts.
    pub start: Option<&'a Place>,
    /// Where it ends.
    pub end: Option<&'a Place>,
    /// Its start is a multiple of this many sectors.
    pub alignment: i64,
    /// Its path on the machine.
    pub device: Option<&'a DevicePath>,
    /// Its name in a GPT.
    pub label: Option<&'a PartitionName>,
    /// Its UUID in a GPT.
    pub uuid: Option<&'a Guid>,
    /// What is on it.
    pub content: Option<&'a Content>,
}

/// The type of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A type in a GPT: sgdisk's code or a UUID.
    Gpt(&'a str),
    /// A type in a master boot record: a byte.
    Mbr(u8),
}

impl Kind<'_> {
    fn is(self, uuid: u128, byte: Option<u8>) -> bool {
        match self {
            Self::Gpt(text) => types::guid(text) == Some(uuid),
            Self::Mbr(other) => byte == Some(other),
        }
    }

    /// Whether firmware looks for its boot loader there.
    pub fn is_efi(self) -> bool {
        self.is(partition_type::EFI_SYSTEM, Some(0xef))
    }

    /// Whether GRUB's core image goes there.
    pub fn is_bios_boot(self) -> bool {
        self.is(partition_type::BIOS_BOOT, None)
    }

    /// Whether it is for swap.
    pub fn is_swap(self) -> bool {
        self.is(partition_type::SWAP, Some(0x82))
    }
}

/// The name of the disk that the content at `path` is directly on.
pub fn disk_of(path: &AttrPath) -> Option<&str> {
    match &path.0[..] {
        [_, Segment::Name(disk), _] => Some(disk),
        _ => None,
    }
}

/// The partitions of all tables, those of each table in order. Those of disko's outdated `table` are left out.
pub fn slots(disks: &Named<DeviceName, Disk>) -> Vec<Slot<'_>> {
    let mut slots = Vec::new();
    each(disks, &mut |table, content| match content {
        Content::Gpt(gpt) => {
            for (name, partition) in gpt.partitions.iter().flat_map(in_order) {
                slots.push(Slot {
                    path: table.name("partitions").name(name),
                    table: table.clone(),
                    name,
                    kind: Kind::Gpt(partition.kind.as_ref().map_or("8300", Text::text)),
                    size: partition.size.as_ref(),
                    start: partition.start.as_ref(),
                    end: partition.end.as_ref(),
                    alignment: partition.alignment.map_or(0, |alignment| alignment.0),
                    device: partition.device.as_ref(),
                    label: partition.label.as_ref(),
                    uuid: partition.uuid.as_ref(),
                    content: partition.content.as_deref(),
                });
            }
        }
        Content::Msdos(msdos) => {
            for (name, partition) in msdos.partitions.iter().flat_map(in_order) {
                slots.push(Slot {
                    path: table.name("partitions").name(name),
                    table: table.clone(),
                    name,
                    kind: Kind::Mbr(partition.kind.as_ref().map_or(0x83, crate::text::MbrType::byte)),
                    size: partition.size.as_ref(),
                    start: partition.start.as_ref(),
                    end: partition.end.as_ref(),
                    alignment: partition.alignment.map_or(0, |alignment| alignment.0),
                    device: partition.device.as_ref(),
                    label: None,
                    uuid: None,
                    content: partition.content.as_deref(),
                });
            }
        }
        _ => {}
    });
    slots
}

impl Slot<'_> {
    /// The name of the disk that its table is directly on. `None` within an encrypted volume.
    pub fn disk(&self) -> Option<&str> {
        disk_of(&self.table)
    }

    /// The size in bytes, if the plan says it.
    pub fn bytes(&self) -> Option<u64> {
        use crate::text::Spot;
        let start = self.start.map_or(Spot::Next, Place::spot);
        match (start, self.end.map(Place::spot)?) {
            (_, Spot::After(bytes)) => Some(bytes),
            (Spot::At(start), Spot::At(end)) => end.checked_sub(start),
            // From the first place where there can be one.
            (Spot::Next, Spot::At(end)) => Some(end),
            _ => None,
        }
    }
}
