//! What loaders with a menu of generations have in common: its entries, copies of kernels and initial RAM disks, the loader
//! itself on EFI system partitions, and the firmware's entries for it.

use prefix::Prefix;

use super::{Decided, Error, Request, is_this_root};
use crate::efi_variables::{self, Firmware};
use crate::generations::{self, Generations};
use crate::load_option::BootEntry;
use crate::menu::{self, Entry, Menu};
use crate::store::Store;
use crate::transaction::{self, Stage, Transaction, Wanted};
use crate::{Contents, Operation, Places, names, secrets};

/// The files of a menu, while they are being decided on.
pub(super) struct MenuFiles<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) places: &'a Places,
    pub(super) store: Store<'a>,
    pub(super) menu: Menu,
    /// Initrds with secrets, by program and initrd; `None` where the program failed.
    pub(super) secrets: Vec<(String, String, Option<Contents>)>,
    pub(super) transaction: Transaction,
    pub(super) variables: Vec<Operation>,
    pub(super) warnings: Vec<String>,
}

impl<'a> MenuFiles<'a> {
    pub(super) fn new(
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

    /// Warns of ESPs that are not FAT file systems, the only kind that firmware reads. Mostly nothing is mounted there.
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

    pub(super) fn finish(self) -> Decided {
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
    pub(super) fn copy(&self, contents: Contents, directory: &str, suffix: &str) -> Result<Wanted, Error> {
        let (name, mode) = match &contents {
            Contents::Store(path) => (names::copy(path), 0o644),
            Contents::Bytes(_) | Contents::Appended { .. } => {
                let hash = self.store.hash(&contents).map_err(transaction::Error::from)?;
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

    /// The path at which a loader that reads the file system `device` finds a kernel or initrd. If the store lies on that file
    /// system, it is a path in the store; otherwise a copy in `directory` is added to `copies`.
    pub(super) fn path_for_loader(
        &self,
        contents: Contents,
        device: u64,
        directory: &str,
        copies: &mut Vec<Wanted>,
    ) -> Result<String, Error> {
        if let Contents::Store(path) = &contents
            && let Some(real) = self.store.follow(path).map_err(transaction::Error::from)?
            && self.places.file_system(&real)? == device
        {
            return Ok(self.places.within_file_system(&real)?);
        }
        let copy = self.copy(contents, directory, "")?;
        let path = self.places.within_file_system(&copy.path)?;
        copies.push(copy);
        Ok(path)
    }

    /// The contents of an entry's initrd.
    pub(super) fn initrd(&mut self, entry: &Entry, is_default: bool) -> Result<Option<Contents>, Error> {
        let Some(path) = &entry.initrd else { return Ok(None) };
        let plain = || Some(Contents::Store(path.clone()));
        let Some(command) = &entry.secrets else {
            return Ok(plain());
        };
        let known = self.secrets.iter().find(|(c, p, _)| c == command && p == path);
        // A failure is only a warning for a newer generation, which comes first; for the default it is an error.
        if let Some((_, _, contents)) = known
            && !(is_default && contents.is_none())
        {
            return Ok(contents.clone().or_else(plain));
        }
        let contents = match self.append_secrets(command, path) {
            Ok(contents) => Some(contents),
            Err(error) if is_default => return Err(error.into()),
            // As NixOS does: the files that an old generation's secrets were made from may be gone.
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
    pub(super) fn esps(&self) -> Vec<(usize, &'a Prefix)> {
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

    /// Adds the firmware's entries for the loader at `path` on each ESP.
    pub(super) fn boot_entries(&mut self, description: &str, path: &str) -> Result<(), Error> {
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

    pub(super) fn leave_out(&mut self, entry: &Entry, error: &Error) {
        self.warnings.push(format!("{:?} is left out: {error}", entry.title));
    }
}

/// The loader's file at `path`.
pub(super) fn loader(path: &str, image: &str) -> Wanted {
    Wanted {
        path: path.to_owned(),
        contents: Contents::Store(image.to_owned()),
        mode: 0o644,
        stage: Stage::Loader,
    }
}
