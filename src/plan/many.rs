//! Values of which there is usually one, written without a list.

use crate::text::{MountPoint, Source, StorePath};

/// Initial RAM disks, in the order in which the kernel unpacks them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Initrds(pub Vec<Source>);

/// Mount points of EFI system partitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MountPoints(pub Vec<MountPoint>);

/// Packages, each with a part of what is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packages(pub Vec<StorePath>);
