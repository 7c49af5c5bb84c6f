//! Why GRUB cannot be installed on a disk. Messages give the numbers that a person needs to change that.

use std::path::PathBuf;

use super::super::readable;
use crate::{device, disk};

/// Why GRUB cannot be installed on a disk.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk cannot be read or written.
    #[error(transparent)]
    Device(#[from] device::Error),
    /// The partition table cannot be relied on.
    #[error(transparent)]
    Table(#[from] disk::Error),
    /// A file is not the image that it should be.
    #[error("`{}` is not GRUB's {what} for BIOS", path.display())]
    Image {
        /// The file.
        path: PathBuf,
        /// `boot sector` or `core image`.
        what: &'static str,
    },
    /// The disk has nothing that GRUB could boot from.
    #[error(transparent)]
    Readable(#[from] readable::Error),
    /// The sectors of the disk are not of 512 bytes: the BIOS cannot boot it.
    #[error("`{}` has sectors of {size} bytes: GRUB for BIOS boots from sectors of 512 bytes only", path.display())]
    SectorSize {
        /// The disk.
        path: PathBuf,
        /// The size of a sector in bytes.
        size: u64,
    },
    /// The disk as a whole has the signature of a file system or the like, which GRUB would destroy.
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
    /// The GPT has no BIOS boot partition for the core image.
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
    /// The GPT has more than one BIOS boot partition.
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
    /// Another program keeps data where the core image would go.
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
