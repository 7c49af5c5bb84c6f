//! The steps: `build`, `pre-init`, `post-init`, `init` and `pre-boot`; `check`, `show` and `install`. What they share lies beside
//! them.

pub mod accounts;
pub mod build;
pub mod check;
pub mod console;
pub mod digest;
pub mod init;
pub mod install;
pub mod mounts;
pub mod post_init;
pub mod pre_boot;
pub mod pre_init;
pub mod said;
pub mod script;
pub mod show;
