//! What GRUB needs: its menu, copies of what it cannot read in the store, and its image for UEFI.

use std::io::Read;

use super::{Error, Work, loader};
use crate::esp::{self, Ours, Stage, Target, Wanted};
use crate::grub_cfg::{self, Item};
use crate::menu::{Entry, Group, Menu};
use crate::{Contents, names};
use step::Grub;

/// Where GRUB looks for its configuration and its marker.
const GRUB: &str = "/boot/grub";
/// Where kernels are copied to that GRUB cannot read in the store: a folder of our own, beside what NixOS and others copy to
/// its parent, since old copies are removed and names alone do not tell whose they are.
const KERNELS: &str = "/boot/kernels/system-installer";

impl Work<'_> {
    pub(super) fn grub(&mut self, grub: &Grub) -> Result<(), Error> {
        let root = &self.places.root;
        let folder = self.places.on_its_file_system(GRUB)?;
        if folder != GRUB && folder != "/grub" {
            return Err(Error::GrubPath(folder));
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
        let text = grub_cfg::write(self.request.boot.timeout, &grub.extra_config, &items)?;
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
            freeze: true,
        };
        self.transaction.add(&target, &self.store)?;
        self.grub_images(grub)
    }

    /// Whoever installs GRUB for BIOS with this machine's root by mistake, or over another distribution's, is told so; a
    /// dry run tells it before anything is lost.
    fn warn_of_a_menu_of_others(&mut self) -> Result<(), Error> {
        let path = format!("{GRUB}/grub.cfg");
        let Some(file) = self.places.root.open_file(&path)? else {
            return Ok(());
        };
        let mut start = Vec::new();
        let length = grub_cfg::FIRST_LINE.len() as u64;
        // What cannot be read is not one of ours either.
        let _ = file.take(length).read_to_end(&mut start);
        if start != grub_cfg::FIRST_LINE.as_bytes() {
            let path = self.places.root.display(&path);
            self.warnings.push(format!(
                "`{}` was not made by system-installer, and the new menu takes its place",
                path.display()
            ));
        }
        Ok(())
    }

    /// GRUB's image on each ESP.
    fn grub_images(&mut self, grub: &Grub) -> Result<(), Error> {
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
                freeze: false,
            };
            self.transaction.add(&target, &self.store)?;
        }
        if !efi.removable {
            let name = self.request.step.name.clone();
            self.boot_entries(&name, &path)?;
        }
        Ok(())
    }

    /// An entry for GRUB, with copies of what GRUB cannot read in the store added to `wanted`.
    fn grub_item(
        &mut self,
        entry: &Entry,
        device: u64,
        is_default: bool,
        wanted: &mut Vec<Wanted>,
    ) -> Result<Item, Error> {
        let mut copies = Vec::new();
        let kernel = self.for_grub(Contents::Store(entry.kernel.clone()), device, &mut copies)?;
        let mut initrds = Vec::new();
        if let Some(contents) = self.initrd(entry, is_default)? {
            initrds.push(self.for_grub(contents, device, &mut copies)?);
        }
        let item = Item::Entry {
            title: entry.title.clone(),
            kernel,
            initrds,
            params: entry.params.clone(),
        };
        grub_cfg::write_item(&item, 0)?;
        wanted.append(&mut copies);
        Ok(item)
    }

    /// The path at which GRUB finds a kernel or initrd.
    fn for_grub(&self, contents: Contents, device: u64, copies: &mut Vec<Wanted>) -> Result<String, Error> {
        if let Contents::Store(path) = &contents
            && let Some(real) = self.store.follow(path).map_err(esp::Error::from)?
            && self.places.file_system(&real)? == device
        {
            return Ok(self.places.on_its_file_system(&real)?);
        }
        let copy = self.copy(contents, KERNELS, "")?;
        let path = self.places.on_its_file_system(&copy.path)?;
        copies.push(copy);
        Ok(path)
    }
}
