//! Disk images and tarballs of a system. The host tool makes them as the builder of derivations of their own.
//!
//! How it goes:
//! - A derivation says what to make ([`request`]): of which system ([`system`]), with which closure ([`closure`]).
//! - The root is staged as a tree by pre-init's own code ([`root`], [`links`], [`directory`]), as root of a user namespace where
//!   the kernel allows it ([`namespace`]).
//! - It becomes an archive ([`tarball`], [`archive`], [`oci`]), or disks ([`make`]).
//! - For disks, the plan says what to make ([`disks`], [`settings`]), each disk is a file with a partition table ([`disk_file`],
//!   [`layout`], [`table`], [`partition_type`]), and its partitions are filled ([`fill`]). [`describe`] tells what came of it.
//! - The build's log is for Nix and for people ([`log`], [`bytes`]).
//!
//! What there are several of has a trait and a table:
//! - file systems: [`file_system`], [`file_systems`]; a folder each ([`ext4`], [`erofs`], [`fat`]). [`swap`] fills a partition
//!   too. Programs of others are run by [`program`].
//! - formats of images: [`mod@format`], [`formats`]; a file each ([`raw`], [`qcow2`]).
//!
//! A disk image needs no disk: all is written into a plain, sparse file, as any user, without a loop device or a virtual
//! machine. The same input gives the same bytes: whatever is random elsewhere (UUIDs, serial numbers, seeds of hashes) comes from
//! [`identity`], and every time is an argument.

pub mod archive;
pub mod bytes;
pub mod closure;
pub mod describe;
pub mod directory;
pub mod disk_file;
pub mod disks;
pub mod erofs;
pub mod ext4;
pub mod fat;
pub mod file_system;
pub mod file_systems;
pub mod fill;
pub mod format;
pub mod formats;
pub mod identity;
mod inode;
pub mod layout;
pub mod links;
pub mod log;
pub mod make;
pub mod namespace;
pub mod oci;
pub mod partition_type;
pub mod program;
pub mod qcow2;
pub mod raw;
pub mod request;
pub mod root;
pub mod settings;
pub mod swap;
pub mod system;
pub mod table;
pub mod tarball;
