//! The steps: `build`, `pre-init`, `post-init`, `init` and `pre-boot`. What they share lies beside them.

pub mod accounts;
pub mod digest;
pub mod console;
pub mod init;
pub mod mounts;
pub mod pre_init;
