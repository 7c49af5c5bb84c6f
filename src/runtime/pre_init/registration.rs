//! `/nix-path-registration`: the contents of the Nix database, for a store that came without one, as in an image or a
//! bare root. The file has the format of `nix-store --load-db`. The plan's own Nix loads it, and then the file is
//! deleted: as long as it exists, it is still to be loaded.

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
    /// The plan's Nix, if there is a registration to load. Beneath a prefix that is not this machine's root, loading is
    /// left to the first start of that root: only then are Nix and its store at the paths that they expect.
    pub(super) fn registration(&self) -> Result<Option<&Nix>, Error> {
        let Some(nix) = &self.step.nix else { return Ok(None) };
        if self.stages == Stages::Tree || self.prefix.inspect(REGISTRATION)?.is_none() {
            return Ok(None);
        }
        let own = self.prefix.inspect("/")?.map(|found| (found.device, found.inode));
        let root = std::fs::metadata("/").ok().map(|root| (root.dev(), root.ino()));
        // On a read-only root the file cannot be deleted, so it would be loaded again at every start.
        let read_only = rustix::fs::statvfs("/").is_ok_and(|found| found.f_flag.contains(StatVfsMountFlags::RDONLY));
        Ok((own == root && !read_only).then_some(nix))
    }

    /// Loads the registration. If that is interrupted, the next run loads it again: Nix accepts paths that it knows
    /// already.
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
        // The database is synced before the file is deleted: nothing else knows what is in the store.
        self.prefix.sync_file_system(DATABASE)?;
        self.prefix.remove_file(REGISTRATION)?;
        Ok(())
    }
}
