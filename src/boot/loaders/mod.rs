//! The boot loaders: a folder for each, behind one trait, and the table of them.
//!
//! A loader turns a step, together with the open file systems and disks, into a list of operations. It writes nothing itself.
//! What loaders with a menu of generations have in common is in `menu_files`.

mod external;
pub mod extlinux;
pub mod grub;
mod menu_files;
pub mod systemd_boot;

use std::path::Path;

use prefix::{Error as PrefixError, Prefix};
use step::{Boot, Loader, PreBoot};

use super::operation::World;
use super::store::{self, Store};
use super::{Operation, Places, efi_variables, generations, secrets, transaction};

/// What `pre-boot` asks of a boot loader.
pub trait BootLoader {
    /// The loader in words, for the message that an option does not apply to the plan's loader: `GRUB for BIOS alone`.
    fn described(&self) -> &'static str;

    /// Whether it is a command of the plan's, which installs a boot loader by itself. It runs every time, and what it writes is
    /// not known beforehand.
    fn is_command(&self) -> bool {
        false
    }

    /// Whether it puts files onto EFI system partitions.
    fn uses_esps(&self) -> bool {
        false
    }

    /// The disks whose boot sectors it writes, as the plan names them; `None` if it never writes boot sectors.
    fn disks(&self) -> Option<&[String]> {
        None
    }

    /// The directories beneath the root that it puts files into. EFI system partitions are not among them.
    fn directories(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether at boot it reads the file system of the root directly from the disk, without replaying the journal.
    fn reads_root(&self) -> bool {
        false
    }

    /// Decides on the operations for the menu and the loader's files. `system` becomes the default entry.
    ///
    /// # Errors
    /// See [`Error`].
    fn decide(&self, request: &Request, places: &Places, store: Store<'_>, system: &str) -> Result<Decided, Error>;

    /// The writes to the boot sectors of the disks of `world`. Warnings for the user are added to `warnings`.
    ///
    /// # Errors
    /// See [`Error`].
    fn boot_sectors(&self, world: &World, warnings: &mut Vec<String>) -> Result<Vec<Operation>, Error> {
        let _ = (world, warnings);
        Ok(Vec::new())
    }
}

/// The boot loader that a step carries: the table of all of them.
pub fn of(loader: &Loader) -> &dyn BootLoader {
    match loader {
        Loader::Grub(grub) => grub,
        Loader::SystemdBoot(systemd_boot) => systemd_boot,
        Loader::Extlinux(extlinux) => extlinux,
        Loader::External(external) => external,
    }
}

/// Why no operations could be decided on; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The profile or the default entry cannot be used.
    #[error(transparent)]
    Generations(#[from] generations::Error),
    /// A place (see [`Places`]) cannot be brought up to date.
    #[error(transparent)]
    Place(#[from] transaction::Error),
    /// A file beneath a prefix cannot be read.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// The default entry's initrd did not get its secrets.
    #[error("the default entry: {0}")]
    Secrets(#[from] secrets::Error),
    /// GRUB cannot be installed.
    #[error(transparent)]
    Grub(#[from] grub::Error),
    /// systemd-boot cannot be installed.
    #[error(transparent)]
    SystemdBoot(#[from] systemd_boot::Error),
    /// The menu in `extlinux.conf` cannot be written.
    #[error(transparent)]
    Extlinux(#[from] extlinux::Error),
    /// A file of the store cannot be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The firmware's variables cannot be read.
    #[error(transparent)]
    Firmware(#[from] efi_variables::Error),
}

/// What a boot loader is asked to do.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The step.
    pub step: &'a PreBoot,
    /// Its boot loader.
    pub boot: &'a Boot,
    /// The system that becomes the default entry; with `None` it is the step's own.
    pub system: Option<&'a Path>,
    /// The profile whose generations fill the menu, a path beneath the prefix ([`generations::PROFILE`]).
    pub profile: &'a str,
    /// Where the firmware's variables are ([`efi_variables::DIRECTORY`]). With `None` they are left alone, whatever the plan
    /// says: this is right for a disk of another machine.
    pub firmware: Option<&'a Path>,
}

/// What a boot loader decided on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decided {
    /// The operations, in order.
    pub operations: Vec<Operation>,
    /// The index in `operations` before which boot sectors are written. The files that the new boot sectors need are in place
    /// then, and those that the old ones need are not removed yet.
    pub boot_sectors_at: usize,
    /// Warnings for the user, one line each.
    pub warnings: Vec<String>,
}

/// Decides on the operations for the menu and the loader's files on `places`.
///
/// # Errors
/// See [`Error`].
pub fn decide(request: &Request, places: &Places) -> Result<Decided, Error> {
    let store = Store::of(&places.root, &request.step.system);
    let system = match request.system {
        Some(path) => generations::resolve(&store, path)?,
        None => request.step.system.clone(),
    };
    of(&request.boot.loader).decide(request, places, store, &system)
}

/// Whether the prefix is the root of this process.
fn is_this_root(prefix: &Prefix) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(Some(found)), Ok(root)) = (prefix.inspect("/"), std::fs::metadata("/")) else {
        return false;
    };
    (found.device, found.inode) == (root.dev(), root.ino())
}
