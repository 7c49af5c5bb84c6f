//! What a system's scripts do: `pre-init`, `post-init`, `init` and `pre-boot`, each from its own step, and what they share.
//!
//! All of it is in the closure of every system, so it is small: what only builders and people need is elsewhere.

pub mod accounts;
pub mod command_line;
pub mod console;
pub mod init;
pub mod mounts;
pub mod post_init;
pub mod pre_boot;
pub mod pre_init;
pub mod script;
mod usage;
