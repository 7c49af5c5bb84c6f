//! What people call, and what makes images: `check`, `show`, `install`, and the builders of `.image` and `.tarball`.
//!
//! Nothing here is in a system's closure, so it takes whatever library serves; of the other rooms' programs it calls none.

pub mod builder;
pub mod check;
pub mod command_line;
mod failure;
pub mod install;
pub mod install_image;
pub mod json_file;
pub mod show;
