//! `init`: `pre-init` and `post-init` in one process, and what a process 1 has to do around them.

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::pre_init::{self, Outcome, Report, Stages};
use super::{console, mounts, post_init, script};
use prefix::{self, Committed, Prefix};
use step::{Init, PostInit, PreInit};

/// Why the system did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// One of the two scripts cannot be read.
    #[error(transparent)]
    Script(#[from] script::Error),
    /// The root is not initialised.
    #[error(transparent)]
    PreInit(#[from] pre_init::Error),
    /// The real init did not start.
    #[error(transparent)]
    PostInit(#[from] post_init::Error),
}

/// Whether this is the first process of a machine or container.
pub fn is_process_1() -> bool {
    rustix::process::getpid() == rustix::process::Pid::INIT
}

/// Initialises `/`, and then executes the plan's init with `words` added to its command.
///
/// As process 1, it first mounts the API file systems that are missing. It then adopts a root that someone else set up.
/// A root that was initialised before is started even if bringing it up to date fails.
///
/// # Errors
/// Where the system cannot be started; otherwise this does not return.
pub fn main(step: &Init, words: &[OsString]) -> Result<Infallible, Error> {
    let as_process_1 = is_process_1();
    if as_process_1 {
        prepare_machine(step.read_only);
    }
    // Both scripts are read before anything is changed.
    let pre_init: PreInit = script::load(Path::new(&step.pre_init))?;
    let post_init: PostInit = script::load(Path::new(&step.post_init))?;
    initialise(&pre_init, as_process_1)?;
    if as_process_1 && let Err(error) = link_system(&pre_init.system) {
        console::say(&format!("warning: {error}"));
    }
    Ok(post_init::main(&post_init, words)?)
}

/// What `init` would do: the steps of `pre-init`.
///
/// # Errors
/// As [`main`], except that the real init is not looked for.
pub fn dry_run(step: &Init) -> Result<Report, Error> {
    let pre_init: PreInit = script::load(Path::new(&step.pre_init))?;
    let _: PostInit = script::load(Path::new(&step.post_init))?;
    Ok(pre_init::run(&pre_init, &options(false, true), Stages::All)?)
}

/// Prepares the file systems and the console as process 1. If the plan wants its root `read_only`, `/` is not made
/// writable.
fn prepare_machine(read_only: bool) {
    let mut warnings = Vec::new();
    // A container's root is as its engine wants it, read-only ones included.
    if !read_only
        && !in_container()
        && let Err(error) = mounts::make_root_writable()
    {
        warnings.push(error);
    }
    warnings.extend(mounts::mount_missing());
    console::attach();
    for warning in warnings {
        console::say(&format!("warning: {warning}"));
    }
}

/// Runs `pre-init`. Process 1 prints nothing if there was nothing to do. If `pre-init` fails, it goes on with a root
/// that was initialised before.
fn initialise(step: &PreInit, as_process_1: bool) -> Result<(), Error> {
    let options = options(as_process_1, false);
    match pre_init::run(step, &options, Stages::All) {
        Ok(report) => {
            for line in report.remarks() {
                console::say(&line);
            }
            if report.outcome != Outcome::Unchanged {
                console::say(&report.summary());
            }
            Ok(())
        }
        Err(error) if as_process_1 && pre_init::was_initialised(&options.prefix) => {
            let message = format!("{error}; the system is started as it is");
            console::say(&message);
            console::log(&message);
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

fn options(adopt: bool, dry_run: bool) -> pre_init::Options {
    pre_init::Options {
        prefix: PathBuf::from("/"),
        adopt,
        owners: None,
        dry_run,
        json: false,
    }
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
    // `Busy` says that something is mounted at the path. Nothing can be mounted on a link; if it were, that is as its
    // mounter wants it.
    let (Committed::Done | Committed::Busy) = root.commit(staged)?;
    Ok(())
}
