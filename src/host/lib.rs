//! The host tool `system-installer`. People call it (`check`, `show`, `install`), and so do the derivations `.image` and
//! `.tarball`, as their builder.
//!
//! No system's closure holds it, so it may use whatever library serves. It calls neither the runtime nor the builder of systems
//! as a program.
//!
//! - [`command_line`]: what there is to call, and how a call ends.
//! - A module for each command: [`check`], [`show`], [`install`], [`install_image`] (`install --image`), [`builder`] (`image` and
//!   `tarball`).
//! - [`json_file`]: the files in JSON that people name.

pub mod builder;
pub mod check;
pub mod command_line;
mod failure;
pub mod install;
pub mod install_image;
pub mod json_file;
pub mod show;
