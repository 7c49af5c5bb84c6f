//! The sections of a plan: plain types, one in each file. An attribute that was left out is `None` until
//! [`fill`](crate::fill::fill) fills in its default. Sections know no rules about each other.

mod accounts;
pub mod base;
mod boot;
mod directory;
pub mod disk;
mod file;
pub mod file_system;
mod image;
mod init;
mod nix;
mod plan;
mod symlink;

pub use accounts::{Group, User};
pub use boot::{Boot, DeviceTree};
pub use directory::Directory;
pub use disk::Disk;
pub use file::File;
pub use file_system::FileSystem;
pub use image::Image;
pub use init::{Hooks, Init};
pub use nix::Nix;
pub(crate) use plan::BUILT;
pub use plan::Plan;
pub use symlink::Symlink;
