//! `image` and `tarball`: the builders of the derivations `.image` and `.tarball`. What they make is in the attributes of the
//! derivation.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use image::log::Log;
use image::request::Request;
use image::{make, namespace, tarball};
use rustix::fs::Mode;
use tree::FileError;

use crate::failure::Failure;

/// The command by which this program tries out whether the kernel lets it have namespaces. It does so in another process: one that
/// gets them only by half is of no more use.
pub(crate) const TRY_NAMESPACES: &str = "try-namespaces";

/// Succeeds if this process can have namespaces of its own.
pub(crate) fn try_namespaces() -> Result<(), Failure> {
    match namespace::enter() {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::Failed("the kernel refuses a user namespace".to_owned())),
        Err(error) => Err(Failure::failed(error)),
    }
}

/// Builds `.image`.
pub(crate) fn image() -> Result<(), Failure> {
    let (request, work, may_mount, mut log) = prepare()?;
    make::build(&request, &work, may_mount, &mut log).map_err(Failure::failed)
}

/// Builds `.tarball`.
pub(crate) fn tarball() -> Result<(), Failure> {
    let (request, work, _, mut log) = prepare()?;
    tarball::build(&request, &work, &mut log).map_err(Failure::failed)
}

/// Begins a build: gives its request, a folder for files that are not kept, whether it may mount (as nobody else sees its mounts),
/// and its log. From here on this process is root of a user namespace, where the kernel lets it be.
fn prepare() -> Result<(Request, PathBuf, bool, Log), Failure> {
    // The modes in the tree must not depend on the umask of the build.
    rustix::process::umask(Mode::from_raw_mode(0o022));
    let request = Request::of_this_build().map_err(Failure::failed)?;
    let work = env::current_dir().map_err(Failure::failed)?.join("system-installer");
    fs::create_dir(&work)
        .map_err(FileError::at("create directory", &work))
        .map_err(Failure::failed)?;
    let may_mount = if can_have_namespaces() {
        namespace::enter().map_err(|error| Failure::Failed(format!("making a user namespace: {error}")))?
    } else {
        namespace::enter_mounts()
    };
    Ok((request, work, may_mount, Log::of_this_process()))
}

fn can_have_namespaces() -> bool {
    let tried = env::current_exe().and_then(|program| {
        Command::new(program)
            .arg(TRY_NAMESPACES)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
    });
    tried.is_ok_and(|status| status.success())
}
