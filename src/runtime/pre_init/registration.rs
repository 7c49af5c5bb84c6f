//! `/nix-path-registration`: what the Nix database is to know of a store that came without one, as an image's or a bare
//! root's. It is in the format of `nix-store --load-db`, by which the plan's own Nix takes it over; then it is taken away, so
//! that its being there says that this is still to be done.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};

use rustix::fs::StatVfsMountFlags;

use super::report::Report;
use super::{Error, Run, Stages};
use step::Nix;
use step::REGISTRATION;
use tree::errno::io_text;
use tree::program_output::last_line;

const DATABASE: &str = "/nix/var/nix/db";

impl Run<'_> {
    /// The Nix of the plan, if there is something to load. Beneath another prefix than this machine's root it is left for
    /// the first start from there: only then are the Nix and its store where they expect to be.
    pub(super) fn registration(&self) -> Result<Option<&Nix>, Error> {
        let Some(nix) = &self.step.nix else { return Ok(None) };
        if self.stages == Stages::Tree || self.prefix.inspect(REGISTRATION)?.is_none() {
            return Ok(None);
        }
        let own = self.prefix.inspect("/")?.map(|found| (found.device, found.inode));
        let root = std::fs::metadata("/").ok().map(|root| (root.dev(), root.ino()));
        // On a root that cannot be written to nothing is ever loaded once and for all.
        let read_only = rustix::fs::statvfs("/").is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::RDONLY));
        Ok((own == root && !read_only).then_some(nix))
    }

    /// Loads what there is to load. Interrupted anywhere, the next run does it again: Nix takes the same paths twice.
    ///
    /// # Errors
    /// [`Error::Nix`], [`Error::Prefix`].
    pub(super) fn load_registration(&self, report: &mut Report) -> Result<(), Error> {
        let Some(nix) = self.registration()? else { return Ok(()) };
        report.step("load", "registration", REGISTRATION);
        if report.dry_run {
            return Ok(());
        }
        let program = format!("{}/bin/nix-store", nix.package);
        let fail = |message| Error::Nix {
            program: program.clone(),
            message,
        };
        let file = File::open(REGISTRATION).map_err(|error| fail(io_text(&error)))?;
        let output = Command::new(&program)
            .arg("--load-db")
            // Not through a daemon, which is not there yet.
            .env("NIX_REMOTE", "local")
            .stdin(file)
            .stdout(Stdio::null())
            .output()
            .map_err(|error| fail(io_text(&error)))?;
        if !output.status.success() {
            let said = last_line(&output.stderr);
            let said = said.as_deref().unwrap_or("it said nothing").trim();
            return Err(fail(format!("{}: {said}", output.status)));
        }
        // The database before the only other thing that knows what is in it.
        self.prefix.sync_file_system(DATABASE)?;
        self.prefix.remove_file(REGISTRATION)?;
        Ok(())
    }
}
