//! Values that may be one thing or a list of it. Most plans name one, and write it without a list.

use crate::text::{MountPoint, Source, StorePath};

/// Initial RAM disks, in the order in which the kernel unpacks them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Initrds(pub Vec<Source>);

/// Mount points of EFI system partitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MountPoints(pub Vec<MountPoint>);

/// Packages. Each has a part of what is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packages(pub Vec<StorePath>);
