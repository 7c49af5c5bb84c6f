//! What a disk to be laid out consists of, and where its partitions then lie.

use uuid::Uuid;

use super::SECTOR;

/// A disk to be laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// Its name, for messages.
    pub name: String,
    /// Which partition table it has.
    pub table: TableKind,
    /// Its GUID; an MBR takes its first four bytes as the disk's signature.
    pub uuid: Uuid,
    /// In bytes; each partition starts at a multiple of it unless it has one of its own.
    pub alignment: u64,
    /// In the order in which they lie on the disk.
    pub partitions: Vec<Partition>,
}

/// A kind of partition table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// GUID partition table.
    Gpt,
    /// Master boot record, with primary partitions alone.
    Msdos,
}

/// A partition to be laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its name: for messages and, in a GPT, in the table.
    pub name: String,
    /// What it is for.
    pub partition_type: PartitionType,
    /// Its own GUID; an MBR does not hold it.
    pub uuid: Uuid,
    /// Where it starts.
    pub start: Start,
    /// Where it ends.
    pub end: End,
    /// In bytes; instead of the disk's.
    pub alignment: Option<u64>,
    /// What it must hold, in bytes.
    pub minimum: u64,
    /// Attribute bits of a GPT entry.
    pub attributes: u64,
    /// Whether an MBR marks it as active, and a GPT as bootable for old firmware.
    pub bootable: bool,
}

/// What a partition is for, as its table says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionType {
    /// A type GUID.
    Gpt(Uuid),
    /// A type in an MBR.
    Msdos(u8),
}

/// Where a partition starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Behind the one before it.
    Next,
    /// At this byte.
    At(u64),
}

/// Where a partition ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// This many bytes behind its start.
    Size(u64),
    /// As far as there is room: `100%`.
    Rest,
    /// Before this byte.
    At(u64),
    /// This many bytes before the end of the disk.
    BeforeEnd(u64),
}

/// A disk with the extents of its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The whole disk, in sectors.
    pub sectors: u64,
    /// In the order of the disk's.
    pub partitions: Vec<Extent>,
}

/// Where a partition lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Its number in the table, from 1.
    pub number: u32,
    /// The first sector.
    pub start: u64,
    /// How many sectors.
    pub sectors: u64,
}

impl Extent {
    /// Where it starts, in bytes.
    pub fn offset(self) -> u64 {
        self.start * SECTOR
    }

    /// Its size in bytes.
    pub fn size(self) -> u64 {
        self.sectors * SECTOR
    }

    /// The sector behind it.
    pub fn end(self) -> u64 {
        self.start + self.sectors
    }
}
