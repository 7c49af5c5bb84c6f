//! Why a disk cannot be laid out.

use super::{MBR_LIMIT, SECTOR};
use crate::bytes::Bytes;

/// Why a disk cannot be laid out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The partitions need more than there is.
    #[error("disk `{disk}` has {}, but its partitions need {}: {} more", Bytes(*size), Bytes(*needed), Bytes(needed - size))]
    DiskTooSmall {
        /// The disk.
        disk: String,
        /// In bytes.
        size: u64,
        /// In bytes.
        needed: u64,
    },
    /// A partition cannot hold what it must.
    #[error(
        "partition `{partition}` of disk `{disk}` has {}, but what it holds needs {}: {} more",
        Bytes(*size), Bytes(*needed), Bytes(needed - size)
    )]
    PartitionTooSmall {
        /// The disk.
        disk: String,
        /// The partition.
        partition: String,
        /// In bytes.
        size: u64,
        /// In bytes.
        needed: u64,
    },
    /// A partition starts inside another one or the table.
    #[error("partition `{partition}` of disk `{disk}` starts at {}, before {}, where the one before it ends", Bytes(*start), Bytes(*free))]
    Overlap {
        /// The disk.
        disk: String,
        /// The partition.
        partition: String,
        /// In bytes.
        start: u64,
        /// The first byte that is free.
        free: u64,
    },
    /// A partition that ends before it starts.
    #[error("partition `{partition}` of disk `{disk}` has no size")]
    Empty {
        /// The disk.
        disk: String,
        /// The partition.
        partition: String,
    },
    /// Something behind a partition that takes all the room.
    #[error("partition `{partition}` of disk `{disk}` lies behind `{rest}`, which takes all the room that is left")]
    BehindTheRest {
        /// The disk.
        disk: String,
        /// The partition.
        partition: String,
        /// The one before it.
        rest: String,
    },
    /// More than the table has entries for.
    #[error("disk `{disk}` has {count} partitions, and its table holds {limit}")]
    TooMany {
        /// The disk.
        disk: String,
        /// How many it has.
        count: usize,
        /// How many it may have.
        limit: usize,
    },
    /// A type that belongs to the other kind of table.
    #[error("the type of partition `{partition}` of disk `{disk}` does not go with its table")]
    WrongKind {
        /// The disk.
        disk: String,
        /// The partition.
        partition: String,
    },
    /// An alignment that is no multiple of a sector.
    #[error("the alignment {alignment} of `{of}` on disk `{disk}` is not a multiple of {SECTOR}")]
    Alignment {
        /// The disk.
        disk: String,
        /// The disk or partition.
        of: String,
        /// In bytes.
        alignment: u64,
    },
    /// A disk too large for an MBR.
    #[error("disk `{disk}` has {}, and an MBR reaches as far as {}: take a GPT", Bytes(*size), Bytes(MBR_LIMIT * SECTOR))]
    TooLargeForMsdos {
        /// The disk.
        disk: String,
        /// In bytes.
        size: u64,
    },
}
