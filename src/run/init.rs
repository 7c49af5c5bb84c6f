//! `init`: `pre-init` and `post-init` in one process, and what a process 1 has to do around them.

use std::path::Path;

use super::{console, mounts};
use crate::prefix::{self, Committed, Prefix};

/// Whether this is the first process of a machine or container.
pub fn is_process_1() -> bool {
    rustix::process::getpid() == rustix::process::Pid::INIT
}

/// A `pre-init` that failed.
#[derive(Debug)]
pub struct Failure {
    /// Why, on one line.
    pub message: String,
    /// Whether the root had been initialised completely before, by whatever plan: it can then be started all the same.
    pub root_was_good: bool,
}

/// All that a process 1 does before it becomes the real init. `system` is the store path of the system that is started,
/// `pre_init` the first step. Unless `read_only` says that it is to stay as it is, `/` is made writable.
///
/// # Errors
/// Why the system cannot be started, on one line: `pre_init` failed, and the root was not good before.
pub fn before_real_init(
    system: &str,
    read_only: bool,
    pre_init: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), String> {
    let mut warnings = Vec::new();
    // A container's root is as its engine wants it, read-only ones included.
    if !read_only
        && !in_container()
        && let Err(error) = mounts::make_root_writable()
    {
        warnings.push(error.to_string());
    }
    warnings.extend(mounts::mount_missing().iter().map(ToString::to_string));
    console::attach();
    for warning in warnings {
        console::say(&format!("warning: {warning}"));
    }
    if let Err(failure) = pre_init() {
        if !failure.root_was_good {
            return Err(failure.message);
        }
        let message = format!("{}; starting the system all the same", failure.message);
        console::say(&message);
        console::log(&message);
    }
    if let Err(error) = link_system(system) {
        console::say(&format!("warning: {error}"));
    }
    Ok(())
}

/// Whether a container engine says that it started us: `container` in the environment
/// (<https://systemd.io/CONTAINER_INTERFACE>), or the files that Docker and Podman leave.
fn in_container() -> bool {
    std::env::var_os("container").is_some_and(|value| !value.is_empty())
        || ["/.dockerenv", "/run/.containerenv"]
            .iter()
            .any(|path| Path::new(path).exists())
}

/// Makes the links that say which system is running: `/run/booted-system` once, `/run/current-system` again whenever this
/// system is started.
fn link_system(system: &str) -> Result<(), prefix::Error> {
    let root = Prefix::open(Path::new("/"))?;
    link(&root, "/run/current-system", system)?;
    if root.inspect("/run/booted-system")?.is_none() {
        link(&root, "/run/booted-system", system)?;
    }
    Ok(())
}

fn link(root: &Prefix, path: &str, target: &str) -> Result<(), prefix::Error> {
    let staged = root.stage_symlink(path, target)?;
    // A link cannot be mounted on; were it busy, it would be as its mounter wants it.
    let (Committed::Done | Committed::Busy) = root.commit(staged)?;
    Ok(())
}
