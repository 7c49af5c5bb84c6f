//! Disk images and tarballs of a system: what the host tool makes in a derivation of its own.
//!
//! Of Nix it knows what a builder is given ([`request`]), the closure among it ([`closure`]), and the lines that a build log
//! takes ([`log`]). The root is staged as a tree ([`root`]) by pre-init's own code, as root of a user namespace where the
//! kernel lets it ([`namespace`]), and becomes an archive ([`tarball`], [`oci`]) or what is on the partitions of a disk ([`make`], with what
//! the plan says in [`disks`], [`fill`] for each partition and [`describe`] for what came of it).
//!
//! A disk image needs no disk: partition table and file systems are written into a plain, sparse file, as any user, with
//! neither loop device nor virtual machine. [`layout`] decides where everything lies and does no I/O; [`table`] writes the
//! partition table; [`ext4`], [`erofs`], [`fat`] and [`swap`] make what lies in a partition, at its offset; [`qcow2`] packs the
//! finished image. The same input gives the same bytes: whatever is random elsewhere (UUIDs, serial numbers, seeds of
//! hashes) and every time is an argument.

pub mod archive;
pub mod closure;
pub mod describe;
pub mod disks;
pub mod erofs;
pub mod ext4;
pub mod fat;
pub mod fill;
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
pub mod request;
pub mod root;
pub mod swap;
pub mod system;
pub mod table;
pub mod tarball;
