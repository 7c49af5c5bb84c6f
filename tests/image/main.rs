//! Partition tables and file systems inside images, checked by the tools that everyone else uses for them: sfdisk, e2fsck,
//! fsck.fat, dump.erofs and qemu-img.
#![cfg(feature = "image")]

mod ext4;
mod fat;
mod sizes;
mod tables;
mod tools;
