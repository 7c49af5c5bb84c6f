//! What GRUB needs: its menu, copies of the files that it cannot read in the store, its image for UEFI, and
//! its boot sectors for BIOS.

use std::io::Read;

pub mod bios;
pub mod cfg;
pub mod readable;

use step::{GRUB_DIRECTORIES, Grub};

use super::menu_files::{MenuFiles, loader};
use super::{BootLoader, Decided, Request};
use crate::menu::{Entry, Group, Menu};
use crate::operation::World;
use crate::store::Store;
use crate::transaction::{Ours, Stage, Target, Wanted};
use crate::{Contents, Operation, Places, names};
use bios::Images;
use cfg::Item;

/// Why GRUB cannot be installed; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value of the default entry or of the settings cannot go into `grub.cfg`.
    #[error("cannot write grub.cfg: {0}")]
    Cfg(#[from] cfg::Error),
    /// GRUB's directory is none of the two in which its image looks for the configuration.
    #[error("GRUB looks for `/boot/grub` or `/grub` on a file system, and this one has it at `{0}`")]
    Path(String),
    /// GRUB for BIOS cannot be installed on a disk.
    #[error(transparent)]
    Bios(#[from] bios::Error),
}

impl BootLoader for Grub {
    fn described(&self) -> &'static str {
        match (&self.bios, &self.efi) {
            (None, _) => "GRUB for UEFI alone",
            (Some(_), None) => "GRUB for BIOS alone",
            (Some(_), Some(_)) => "GRUB for BIOS and UEFI",
        }
    }

    fn uses_esps(&self) -> bool {
        self.efi.is_some()
    }

    fn disks(&self) -> Option<&[String]> {
        self.bios.as_ref().map(|_| &self.devices[..])
    }

    fn directories(&self) -> Vec<String> {
        GRUB_DIRECTORIES.map(str::to_owned).into()
    }

    fn reads_root(&self) -> bool {
        true
    }

    fn decide(
        &self,
        request: &Request,
        places: &Places,
        store: Store<'_>,
        system: &str,
    ) -> Result<Decided, super::Error> {
        let mut files = MenuFiles::new(request, places, store, system, self.configuration_limit)?;
        files.grub(self)?;
        Ok(files.finish())
    }

    /// Each disk gets all that it needs to boot without the others.
    fn boot_sectors(&self, world: &World, warnings: &mut Vec<String>) -> Result<Vec<Operation>, super::Error> {
        let mut operations = Vec::new();
        let Some(bios) = self.bios.as_ref().filter(|_| !world.devices.is_empty()) else {
            return Ok(operations);
        };
        let store = world.store();
        let images = Images::new(
            (store.read(&bios.boot)?, &bios.boot),
            (store.read(&bios.core)?, &bios.core),
        );
        let images = images.map_err(Error::from)?;
        let root = world.places.root.own_file_system(readable::DIRECTORY)?;
        for (number, device) in world.devices.iter().enumerate() {
            let installation = bios::install(device, number, &images, root.as_ref()).map_err(Error::from)?;
            operations.extend(installation.operations);
            warnings.extend(installation.warnings);
        }
        Ok(operations)
    }
}

/// Where GRUB looks for its configuration and its marker.
const GRUB: &str = "/boot/grub";
/// Where kernels that GRUB cannot read in the store are copied to. NixOS and others copy theirs to its parent. This folder is
/// ours alone, because we remove old copies, and the name of a copy does not tell whose it is.
const KERNELS: &str = "/boot/kernels/system-installer";

impl MenuFiles<'_> {
    fn grub(&mut self, grub: &Grub) -> Result<(), super::Error> {
        let root = &self.places.root;
        let folder = self.places.within_file_system(GRUB)?;
        if folder != GRUB && folder != "/grub" {
            return Err(Error::Path(folder).into());
        }
        let mut wanted = vec![Wanted {
            path: format!("{GRUB}/{}", grub.marker),
            contents: Contents::Bytes(Vec::new()),
            mode: 0o644,
            stage: Stage::Copy,
        }];
        let device = self.places.file_system(&format!("{GRUB}/grub.cfg"))?;
        let Menu {
            default,
            all,
            generations,
        } = self.menu.clone();
        self.warn_of_a_menu_of_others()?;
        let mut items = Vec::new();
        for (n, entry) in default.entries.iter().enumerate() {
            match self.grub_item(entry, device, n == 0, &mut wanted) {
                Err(error) if n > 0 => self.leave_out(entry, &error),
                item => items.push(item?),
            }
        }
        let mut submenu = Vec::new();
        for Group { title, entries } in &generations {
            let mut group = Vec::new();
            for entry in entries {
                match self.grub_item(entry, device, false, &mut wanted) {
                    Ok(item) => group.push(item),
                    Err(error) => self.leave_out(entry, &error),
                }
            }
            if entries.len() > 1 && !group.is_empty() {
                let title = title.clone();
                submenu.push(Item::Submenu { title, items: group });
            } else {
                submenu.extend(group);
            }
        }
        if !submenu.is_empty() {
            items.push(Item::Submenu {
                title: all,
                items: submenu,
            });
        }
        let text = cfg::write(self.request.boot.timeout, &grub.extra_config, &items).map_err(Error::from)?;
        wanted.push(Wanted {
            path: format!("{GRUB}/grub.cfg"),
            contents: Contents::Bytes(text.into_bytes()),
            mode: 0o600,
            stage: Stage::Configuration,
        });
        let ours = [Ours {
            directory: KERNELS,
            is_ours: names::is_copy,
        }];
        let target = Target {
            place: 0,
            prefix: root,
            wanted: &wanted,
            ours: &ours,
            read_by_loader: Some(GRUB),
        };
        self.transaction.add(&target, &self.store)?;
        self.grub_images(grub)
    }

    /// Warns that `grub.cfg` is not ours: somebody may be about to install GRUB for BIOS with this machine's root by mistake, or
    /// over another distribution's. A dry run gives the warning before anything is lost.
    fn warn_of_a_menu_of_others(&mut self) -> Result<(), super::Error> {
        let path = format!("{GRUB}/grub.cfg");
        let Some(file) = self.places.root.open_file(&path)? else {
            return Ok(());
        };
        let mut start = Vec::new();
        let length = cfg::FIRST_LINE.len() as u64;
        // A file that cannot be read counts as not ours.
        let _ = file.take(length).read_to_end(&mut start);
        if start != cfg::FIRST_LINE.as_bytes() {
            let path = self.places.root.display(&path);
            self.warnings.push(format!(
                "`{}` was not made by system-installer, and the new menu takes its place",
                path.display()
            ));
        }
        Ok(())
    }

    /// Adds the operations that put GRUB's image onto each ESP.
    fn grub_images(&mut self, grub: &Grub) -> Result<(), super::Error> {
        let Some(efi) = &grub.efi else { return Ok(()) };
        let name = efi.image.rsplit('/').next().unwrap_or("grub.efi");
        let path = if efi.removable {
            format!("/EFI/BOOT/{}", efi.fallback_name)
        } else {
            format!("/EFI/{}/{name}", grub.marker)
        };
        let wanted = [loader(&path, &efi.image)];
        for (place, esp) in self.esps() {
            let target = Target {
                place,
                prefix: esp,
                wanted: &wanted,
                ours: &[],
                read_by_loader: None,
            };
            self.transaction.add(&target, &self.store)?;
        }
        if !efi.removable {
            let name = self.request.step.name.clone();
            self.boot_entries(&name, &path)?;
        }
        Ok(())
    }

    /// GRUB's item for an entry. Copies of the files that GRUB cannot read in the store are added to `wanted`.
    fn grub_item(
        &mut self,
        entry: &Entry,
        device: u64,
        is_default: bool,
        wanted: &mut Vec<Wanted>,
    ) -> Result<Item, super::Error> {
        let mut copies = Vec::new();
        let kernel = self.path_for_loader(Contents::Store(entry.kernel.clone()), device, KERNELS, &mut copies)?;
        let mut initrds = Vec::new();
        if let Some(contents) = self.initrd(entry, is_default)? {
            initrds.push(self.path_for_loader(contents, device, KERNELS, &mut copies)?);
        }
        let item = Item::Entry {
            title: entry.title.clone(),
            kernel,
            initrds,
            params: entry.params.clone(),
        };
        cfg::write_item(&item, 0).map_err(Error::from)?;
        wanted.append(&mut copies);
        Ok(item)
    }
}
