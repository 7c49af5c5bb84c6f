//! Boot loaders: from the generations of a profile to what lies on disks and EFI system partitions.
//!
//! Everything is decided first: what there is to do comes out as a list of [`Operation`]s, and nothing is written until
//! that list is complete. A dry run prints it.

pub mod operation;

pub use operation::Operation;
