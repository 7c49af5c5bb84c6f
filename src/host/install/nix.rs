//! The commands of this machine's Nix that an installation runs.

use std::io::stderr;
use std::process::{Command, Stdio};

use super::Error;
use boot::generations::PROFILE;
use prefix::{Kind, Prefix};
use tree::program_output::last_line;

const PROFILES: &str = "/nix/var/nix/profiles";
/// Where Nix makes a link to [`PROFILES`] in a store that is new to it.
const PROFILE_ROOTS: &str = "/nix/var/nix/gcroots/profiles";

/// Refuses a system that is not valid in this machine's store, and a machine without Nix.
pub(super) fn check(system: &str) -> Result<(), Error> {
    let program = "nix-store";
    let output = Command::new(program)
        .args(["--check-validity", system])
        .stdin(Stdio::null())
        .output()
        .map_err(|source| Error::NoNix {
            program: program.to_owned(),
            source,
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = last_line(&output.stderr);
    let said = said.as_deref().unwrap_or("Nix said nothing");
    Err(Error::NotValid {
        system: system.to_owned(),
        said: said.trim_start_matches("error: ").to_owned(),
    })
}

/// The commands that copy the closure of `system` into the store beneath `prefix`, register it there, and make it the newest
/// generation. nixos-install runs the same. Signatures are not checked: this machine's own store is trusted.
pub(super) fn commands(system: &str, prefix: &str) -> [Vec<String>; 2] {
    let profile = format!("{prefix}{PROFILE}");
    [
        &[
            "nix",
            "--extra-experimental-features",
            "nix-command",
            "copy",
            "--no-check-sigs",
            "--to",
            prefix,
            system,
        ][..],
        &["nix-env", "--store", prefix, "--profile", &profile, "--set", system],
    ]
    .map(|words| words.iter().map(|word| (*word).to_owned()).collect())
}

/// Runs the commands.
pub(super) fn run(commands: &[Vec<String>], prefix: &Prefix) -> Result<(), Error> {
    for words in commands {
        let Some((program, arguments)) = words.split_first() else {
            continue;
        };
        let status = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(stderr())
            .status()
            .map_err(|source| Error::NoNix {
                program: program.clone(),
                source,
            })?;
        if !status.success() {
            let command = words.join(" ");
            return Err(Error::Nix { command, status });
        }
        // Nix does not sync what it copies. A generation must not be on the disk before the store paths that it names.
        prefix.sync_file_system("/nix/store/x")?;
    }
    // Nix makes the link with the prefix in its target: it would lead nowhere once the prefix is the root.
    let link = prefix.inspect(PROFILE_ROOTS)?.map(|found| found.kind);
    if let Some(Kind::Symlink(target)) = link
        && target != PROFILES
        && target.ends_with(PROFILES)
    {
        let staged = prefix.stage_symlink(PROFILE_ROOTS, PROFILES)?;
        prefix.commit(staged)?;
    }
    prefix.sync_file_system(PROFILE)?;
    Ok(())
}
