//! Values of which there is usually one, written without a list.

use super::text::{MountPoint, Source};

/// Initial RAM disks, in the order in which the kernel unpacks them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Initrds(pub Vec<Source>);

/// Mount points of EFI system partitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MountPoints(pub Vec<MountPoint>);
