//! The boot loaders: a folder for each, behind one trait, and the table of them.
//!
//! A loader turns what a step says, and the file systems and disks that are open, into a list of operations. It writes nothing.
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
use super::{Operation, Places, efi_variables, esp, generations, secrets};

/// What `pre-boot` asks of a boot loader.
pub trait BootLoader {
    /// What a person is told that the plan has, where an option has nothing to override: `GRUB for BIOS alone`.
    fn described(&self) -> &'static str;

    /// Whether it looks after everything itself: a command of the plan's, which runs every time and whose writes nobody knows
    /// before.
    fn is_command(&self) -> bool {
        false
    }

    /// Whether files of it go onto EFI system partitions.
    fn uses_esps(&self) -> bool {
        false
    }

    /// The disks whose boot sectors it writes, as the plan names them; `None` where it writes none, whatever is named.
    fn disks(&self) -> Option<&[String]> {
        None
    }

    /// The directories beneath the root that its files come into, but for the EFI system partitions.
    fn directories(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether it reads the root as it lies on the disk, without replaying a journal.
    fn reads_root(&self) -> bool {
        false
    }

    /// Decides what the menu and the loader's files need, for `system` as the default entry.
    ///
    /// # Errors
    /// See [`Error`].
    fn decide(&self, request: &Request, places: &Places, store: Store<'_>, system: &str) -> Result<Decided, Error>;

    /// The writes to the disks of `world`; what a person should know is added to `warnings`.
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
    /// The profile or the default entry.
    #[error(transparent)]
    Generations(#[from] generations::Error),
    /// A place.
    #[error(transparent)]
    Place(#[from] esp::Error),
    /// Beneath a prefix.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// The default entry's initrd.
    #[error("the default entry: {0}")]
    Secrets(#[from] secrets::Error),
    /// GRUB's own.
    #[error(transparent)]
    Grub(#[from] grub::Error),
    /// systemd-boot's own.
    #[error(transparent)]
    SystemdBoot(#[from] systemd_boot::Error),
    /// That of `extlinux.conf`.
    #[error(transparent)]
    Extlinux(#[from] extlinux::Error),
    /// A file of the store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The firmware's variables.
    #[error(transparent)]
    Firmware(#[from] efi_variables::Error),
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The step.
    pub step: &'a PreBoot,
    /// Its boot loader.
    pub boot: &'a Boot,
    /// The system that becomes the default entry; the step's own without one.
    pub system: Option<&'a Path>,
    /// The profile whose generations fill the menu, a path beneath the prefix ([`generations::PROFILE`]).
    pub profile: &'a str,
    /// Where the firmware's variables are ([`efi_variables::DIRECTORY`]); without it they are left alone, whatever the
    /// plan says, as is right for a disk of another machine.
    pub firmware: Option<&'a Path>,
}

/// What there is to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decided {
    /// In order.
    pub operations: Vec<Operation>,
    /// The number of the operation before which boot sectors are written: what they lead to is in place then, and what the
    /// old ones lead to is not taken away yet.
    pub boot_sectors_at: usize,
    /// What is to be told, a line each.
    pub warnings: Vec<String>,
}

/// Decides what the menu and the loader's files on `places` need.
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
