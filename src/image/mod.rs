//! Disk images without a disk: partition table and file systems are written into a plain, sparse file, as any user, with
//! neither loop device nor virtual machine.
//!
//! [`layout`] decides where everything lies and does no I/O; [`table`] writes the partition table; [`ext4`], [`erofs`], [`fat`]
//! and [`swap`] make what lies in a partition, at its offset; [`qcow2`] packs the finished image. The same input gives the
//! same bytes: whatever is random elsewhere (UUIDs, serial numbers, seeds of hashes) and every time is an argument.

pub mod erofs;
pub mod ext4;
pub mod fat;
pub mod identity;
pub mod layout;
pub mod partition_type;
pub mod qcow2;
pub mod swap;
pub mod table;
