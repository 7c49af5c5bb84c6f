//! From a step, its options and opened places to operations: the menu and, for UEFI, the loader itself. Boot sectors are not
//! decided on here.

mod grub;
mod systemd_boot;

use std::path::Path;

use super::efi_variables::{self, Firmware};
use super::esp::{self, Stage, Transaction, Wanted};
use super::generations::{self, Generations};
use super::load_option::BootEntry;
use super::menu::{self, Entry, Menu};
use super::store::Store;
use super::{Contents, Operation, Places, grub_cfg, loader_entry, names, secrets};
use prefix::{Error as PrefixError, Prefix};
use step::{Boot, External, Loader, PREFIX_VARIABLE, PreBoot};

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
    /// The default entry or the settings.
    #[error("cannot write grub.cfg: {0}")]
    GrubCfg(#[from] grub_cfg::Error),
    /// The default entry or the settings.
    #[error("cannot write the loader's entries: {0}")]
    LoaderEntry(#[from] loader_entry::Error),
    /// GRUB's image looks for its configuration in two places.
    #[error("GRUB looks for `/boot/grub` or `/grub` on a file system, and this one has it at `{0}`")]
    GrubPath(String),
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
    match &request.boot.loader {
        Loader::External(external) => Ok(run(external, &system, places)),
        Loader::Grub(grub) => {
            let mut work = Work::new(request, places, store, &system, grub.configuration_limit)?;
            work.grub(grub)?;
            Ok(work.finish())
        }
        Loader::SystemdBoot(loader) => {
            let mut work = Work::new(request, places, store, &system, loader.configuration_limit)?;
            work.systemd_boot(loader)?;
            Ok(work.finish())
        }
    }
}

/// As NixOS calls its `installBootLoader`: with the system as the last word, and `NIXOS_INSTALL_BOOTLOADER=1` as
/// nixos-install and `switch-to-configuration --install-bootloader` set it.
fn run(external: &External, system: &str, places: &Places) -> Decided {
    let mut command = external.command.clone();
    command.push(system.to_owned());
    let prefix = places.root.path();
    let prefix = prefix.canonicalize().unwrap_or_else(|_| prefix.to_owned());
    Decided {
        operations: vec![Operation::Run {
            command,
            environment: vec![
                ("NIXOS_INSTALL_BOOTLOADER".to_owned(), "1".to_owned()),
                (PREFIX_VARIABLE.to_owned(), prefix.to_string_lossy().into_owned()),
            ],
        }],
        boot_sectors_at: 0,
        warnings: Vec::new(),
    }
}

/// One run for GRUB or systemd-boot.
struct Work<'a> {
    request: &'a Request<'a>,
    places: &'a Places,
    store: Store<'a>,
    menu: Menu,
    /// Initrds with secrets by program and initrd; `None` where it failed.
    secrets: Vec<(String, String, Option<Contents>)>,
    transaction: Transaction,
    variables: Vec<Operation>,
    warnings: Vec<String>,
}

impl<'a> Work<'a> {
    fn new(
        request: &'a Request<'a>,
        places: &'a Places,
        store: Store<'a>,
        system: &str,
        limit: Option<u32>,
    ) -> Result<Self, Error> {
        let generations = generations::read(&store, request.profile, system, limit)?;
        let menu = menu::menu(&generations, &request.step.name);
        let Generations { warnings, .. } = generations;
        let mut work = Self {
            request,
            places,
            store,
            menu,
            secrets: Vec::new(),
            transaction: Transaction::default(),
            variables: Vec::new(),
            warnings,
        };
        if request.firmware.is_some() {
            work.warn_of_unmounted_esps();
        }
        Ok(work)
    }

    /// Firmware reads FAT alone. A directory that is something else mostly means that nothing is mounted on it.
    fn warn_of_unmounted_esps(&mut self) {
        for (_, esp) in self.esps() {
            if !esp.is_fat() {
                let path = esp.path().display();
                self.warnings.push(format!(
                    "`{path}` is not on a FAT file system, so firmware finds nothing there: is the EFI system partition mounted?"
                ));
            }
        }
    }

    fn finish(self) -> Decided {
        let (mut operations, boot_sectors_at) = self.transaction.finish();
        operations.extend(self.variables);
        Decided {
            operations,
            boot_sectors_at,
            warnings: self.warnings,
        }
    }

    /// A copy of a kernel or initrd in `directory`. An initrd with secrets is named by its contents, and nobody else may
    /// read it.
    fn copy(&self, contents: Contents, directory: &str, suffix: &str) -> Result<Wanted, Error> {
        let (name, mode) = match &contents {
            Contents::Store(path) => (names::copy(path), 0o644),
            Contents::Bytes(_) | Contents::Appended { .. } => {
                let hash = self.store.hash(&contents).map_err(esp::Error::from)?;
                (names::with_hash(&hash, "initrd"), 0o600)
            }
        };
        Ok(Wanted {
            path: format!("{directory}/{name}{suffix}"),
            contents,
            mode,
            stage: Stage::Copy,
        })
    }

    /// What an entry's initrd holds.
    fn initrd(&mut self, entry: &Entry, is_default: bool) -> Result<Option<Contents>, Error> {
        let Some(path) = &entry.initrd else { return Ok(None) };
        let plain = || Some(Contents::Store(path.clone()));
        let Some(command) = &entry.secrets else {
            return Ok(plain());
        };
        let known = self.secrets.iter().find(|(c, p, _)| c == command && p == path);
        // What is a warning for a newer generation, which comes first, is an error for the default.
        if let Some((_, _, contents)) = known
            && !(is_default && contents.is_none())
        {
            return Ok(contents.clone().or_else(plain));
        }
        let contents = match self.append_secrets(command, path) {
            Ok(contents) => Some(contents),
            Err(error) if is_default => return Err(error.into()),
            // As NixOS: what an old generation's secrets were made of may be gone.
            Err(error) => {
                let title = &entry.title;
                self.warnings
                    .push(format!("{title:?} has an initrd without its secrets: {error}"));
                None
            }
        };
        self.secrets.push((command.clone(), path.clone(), contents.clone()));
        Ok(contents.or_else(plain))
    }

    fn append_secrets(&self, command: &str, initrd: &str) -> Result<Contents, secrets::Error> {
        if !is_this_root(&self.places.root) {
            return Err(secrets::Error::AnotherRoot(command.to_owned()));
        }
        secrets::append(&self.store, command, initrd)
    }

    /// The ESPs with their numbers; a directory that is named twice counts once.
    fn esps(&self) -> Vec<(usize, &'a Prefix)> {
        let mut seen = Vec::new();
        let mut esps = Vec::new();
        for (n, esp) in self.places.esps.iter().enumerate() {
            let identity = esp.inspect("/").ok().flatten().map(|found| (found.device, found.inode));
            if identity.is_none() || !seen.contains(&identity) {
                seen.push(identity);
                esps.push((n + 1, esp));
            }
        }
        esps
    }

    /// Entries of the firmware for the loader at `path` on each ESP.
    fn boot_entries(&mut self, description: &str, path: &str) -> Result<(), Error> {
        if !self.request.boot.efi.can_touch_efi_variables {
            return Ok(());
        }
        let Some(directory) = self.request.firmware else {
            return Ok(());
        };
        let firmware = Firmware { directory };
        if !firmware.exists() {
            let warning = format!(
                "the firmware has no entry for `{path}`: `{}` has no variables",
                directory.display()
            );
            self.warnings.push(warning);
            return Ok(());
        }
        let mut entries = Vec::new();
        for (_, esp) in self.esps() {
            match efi_variables::partition(esp) {
                Some(partition) => entries.push(BootEntry {
                    description,
                    loader: path,
                    partition,
                }),
                None => self.warnings.push(format!(
                    "the firmware has no entry for `{path}`: `{}` is not on a partition of a GPT",
                    esp.path().display()
                )),
            }
        }
        self.variables = firmware.add(&entries)?.into_iter().map(Operation::from).collect();
        Ok(())
    }

    fn leave_out(&mut self, entry: &Entry, error: &Error) {
        self.warnings.push(format!("{:?} is left out: {error}", entry.title));
    }
}

/// The loader's file at `path`.
fn loader(path: &str, image: &str) -> Wanted {
    Wanted {
        path: path.to_owned(),
        contents: Contents::Store(image.to_owned()),
        mode: 0o644,
        stage: Stage::Loader,
    }
}

/// Whether the prefix is the root of this process.
fn is_this_root(prefix: &Prefix) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(Some(found)), Ok(root)) = (prefix.inspect("/"), std::fs::metadata("/")) else {
        return false;
    };
    (found.device, found.inode) == (root.dev(), root.ino())
}
