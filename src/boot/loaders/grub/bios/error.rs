//! Why GRUB does not go onto a disk, told with the numbers that a person needs to change that.

use std::path::PathBuf;

use super::super::readable;
use crate::{device, disk};

/// Why GRUB does not go onto a disk.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk.
    #[error(transparent)]
    Device(#[from] device::Error),
    /// Its partition table.
    #[error(transparent)]
    Table(#[from] disk::Error),
    /// An image that is none.
    #[error("`{}` is not GRUB's {what} for BIOS", path.display())]
    Image {
        /// The image.
        path: PathBuf,
        /// `boot sector` or `core image`.
        what: &'static str,
    },
    /// Nothing that GRUB could boot from.
    #[error(transparent)]
    Readable(#[from] readable::Error),
    /// A disk that the BIOS cannot boot.
    #[error("`{}` has sectors of {size} bytes: GRUB for BIOS boots from sectors of 512 bytes only", path.display())]
    SectorSize {
        /// The disk.
        path: PathBuf,
        /// In bytes.
        size: u64,
    },
    /// The disk as a whole holds something.
    #[error(
        "`{}` as a whole is {found}: GRUB would destroy it (`wipefs` removes what is left of a former one)",
        path.display()
    )]
    InUse {
        /// The disk.
        path: PathBuf,
        /// What it is, with an article.
        found: &'static str,
    },
    /// A GPT without a place for the core image.
    #[error(
        "`{}` has no BIOS boot partition: GRUB on a GPT needs one of {needed} bytes or more \
         (type 21686148-6449-6E6F-744E-656564454649, `EF02` in gdisk)",
        path.display()
    )]
    NoBiosBoot {
        /// The disk.
        path: PathBuf,
        /// The size of the core image in bytes.
        needed: u64,
    },
    /// More than one place for the core image.
    #[error("`{}` has {count} BIOS boot partitions: GRUB may only have one", path.display())]
    SeveralBiosBoot {
        /// The disk.
        path: PathBuf,
        /// How many.
        count: usize,
    },
    /// The core image does not fit.
    #[error("{place} of `{}` has {size} bytes: GRUB's core image needs {needed}", path.display())]
    TooSmall {
        /// The disk.
        path: PathBuf,
        /// The partition or gap.
        place: &'static str,
        /// Its size in bytes.
        size: u64,
        /// The size of the core image in bytes.
        needed: u64,
    },
    /// Another program's data.
    #[error(
        "sector {sector} of `{}`, in the gap before the first partition, belongs to {owner}: \
         GRUB's core image would overwrite it",
        path.display()
    )]
    Reserved {
        /// The disk.
        path: PathBuf,
        /// Which sector.
        sector: u64,
        /// The program.
        owner: &'static str,
    },
}
