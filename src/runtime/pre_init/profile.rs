//! `/nix/var/nix/profiles/system`: without it the first garbage collection would delete the running system.

use rustix::io::Errno;

use super::Error;
use super::report::Report;
use boot::generations::PROFILE;
use prefix::Prefix;

const GENERATION: &str = "/nix/var/nix/profiles/system-1-link";
/// The directories that the links lie in.
pub const PARENTS: [&str; 4] = ["/nix", "/nix/var", "/nix/var/nix", "/nix/var/nix/profiles"];
/// The links that are made: the profile, and its first generation.
pub const LINKS: [&str; 2] = [PROFILE, GENERATION];

/// Makes the profile with `system` as its first generation, where there is none.
///
/// # Errors
/// [`Error::Prefix`]. It is no error if `/nix` cannot be written to, as in a container with the host's store.
pub fn link(prefix: &Prefix, system: &str, report: &mut Report) -> Result<(), Error> {
    if prefix.inspect(PROFILE)?.is_some() {
        return Ok(());
    }
    report.step("create", "profile", PROFILE);
    if report.dry_run {
        return Ok(());
    }
    match make(prefix, system) {
        Err(Error::Prefix(error)) if matches!(error.errno(), Some(Errno::ROFS | Errno::ACCESS | Errno::PERM)) => {
            report.steps.pop();
            report.warnings.push(format!("no profile for the system: {error}"));
            Ok(())
        }
        other => other,
    }
}

/// Whether `target` is a target that one of these links can have, in any generation: a store path, or the name of
/// another link in the same directory.
pub fn may_say(target: &str) -> bool {
    let name = target.strip_prefix("/nix/store/").unwrap_or(target);
    !name.contains('/') && !matches!(name, "" | "." | "..")
}

fn make(prefix: &Prefix, system: &str) -> Result<(), Error> {
    for path in PARENTS {
        if !prefix.leads_to_directory(path)? {
            prefix.make_directory(path, 0o755)?;
        }
    }
    let generation = prefix.stage_symlink(GENERATION, system)?;
    prefix.commit(generation)?;
    let profile = prefix.stage_symlink(PROFILE, GENERATION.rsplit('/').next().unwrap_or_default())?;
    prefix.commit(profile)?;
    Ok(())
}
