//! Partition tables and file systems inside images, checked by the tools that everyone else uses for them: sfdisk, e2fsck,
//! fsck.fat, dump.erofs and qemu-img.

mod disks;
mod erofs;
mod ext4;
mod fat;
mod file_systems;
mod qcow2;
mod sizes;
mod swap;
mod tables;
mod tools;
