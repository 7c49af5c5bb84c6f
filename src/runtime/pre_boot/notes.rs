//! What pre-boot keeps beneath the prefix: a lock, and while a run is at work a note of it. A run that is killed leaves the
//! note, so the next one knows that what it finds in place may not be on the disk yet, that a file system may be frozen, and
//! that the hooks have not run.

use rustix::io::Errno;

use crate::pre_init::record;
use prefix::{Error, Prefix};

/// The directory of lock and note. Nobody else may open it: whoever can open it could hold the lock.
pub const DIRECTORY: &str = "/var/lib/system-installer/pre-boot";
/// The note: an empty file.
const UNFINISHED: &str = "/var/lib/system-installer/pre-boot/unfinished";

/// The notes beneath a prefix that can be written to.
pub struct Notes<'a> {
    prefix: &'a Prefix,
}

/// Whether an earlier run did not finish, or one is at work.
///
/// # Errors
/// It cannot be looked at.
pub fn is_unfinished(prefix: &Prefix) -> Result<bool, Error> {
    Ok(prefix.inspect(UNFINISHED)?.is_some())
}

impl<'a> Notes<'a> {
    /// Makes the directory. `None` on a read-only file system, which is no error: the EFI system partition may still be
    /// writable.
    ///
    /// # Errors
    /// It cannot be made for another reason.
    pub fn open(prefix: &'a Prefix) -> Result<Option<Self>, Error> {
        let above = record::DIRECTORIES.map(|path| (path, 0o755));
        for (path, mode) in above.into_iter().chain([(DIRECTORY, 0o700)]) {
            if prefix.leads_to_directory(path)? {
                continue;
            }
            match prefix.make_directory(path, mode) {
                Err(error) if error.errno() == Some(Errno::ROFS) => return Ok(None),
                result => result?,
            }
        }
        Ok(Some(Self { prefix }))
    }

    /// Writes the note that a run is at work. It is on the disk when this returns: after a power loss, too, the next
    /// run must know that the hooks are still to be run.
    ///
    /// # Errors
    /// The note cannot be written.
    pub fn begin(&self) -> Result<(), Error> {
        if is_unfinished(self.prefix)? {
            return Ok(());
        }
        let owner = record::own_ids();
        let staged = match self.prefix.stage_file(UNFINISHED, &mut std::io::empty(), 0o600, owner) {
            // The directory was made when the file system could still be written to.
            Err(error) if error.errno() == Some(Errno::ROFS) => return Ok(()),
            staged => staged?,
        };
        self.prefix.commit(staged)?;
        self.prefix.sync()
    }

    /// Deletes the note. The deletion is not synced: at worst, the hooks run once more.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub fn end(&self) -> Result<(), Error> {
        if is_unfinished(self.prefix)? {
            self.prefix.remove_file(UNFINISHED)?;
        }
        Ok(())
    }
}
