//! `extlinux.conf` for U-Boot and syslinux: the menu, copies of the files that they cannot read in the store, and device trees.
//!
//! U-Boot looks for `/extlinux/extlinux.conf` and `/boot/extlinux/extlinux.conf` on a partition. A path in the menu that begins
//! with `/` begins at the top of that partition. Like GRUB, U-Boot reads file systems as they lie on the disk.

pub mod conf;

use step::Extlinux;

use super::menu_files::MenuFiles;
use super::{BootLoader, Decided, Request};
use crate::menu::{Entry, Menu};
use crate::store::Store;
use crate::transaction::{Ours, Stage, Target, Wanted};
use crate::{Contents, Places, names};
use conf::{DeviceTree, Item};

/// The path of the menu in each directory that gets one.
const MENU: &str = "extlinux/extlinux.conf";
/// The path, in each such directory, of a folder of our own for kernels, beside those that NixOS and others copy.
const KERNELS: &str = "kernels/system-installer";
/// The path of the device trees in a system, as NixOS has it.
const DEVICE_TREES: &str = "dtbs";

/// Why the menu cannot be written; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value of the default entry or of the settings cannot go into `extlinux.conf`.
    #[error("cannot write extlinux.conf: {0}")]
    Conf(#[from] conf::Error),
    /// The menu's directory is none of the two in which U-Boot looks for it.
    #[error("U-Boot looks for `/boot/extlinux` or `/extlinux` on a file system, and this one has it at `{0}`")]
    Path(String),
    /// The system of the default entry lacks the device tree that the plan names.
    #[error("`{system}` has no device tree `{name}`")]
    NoDeviceTree {
        /// The system.
        system: String,
        /// The path that the plan names.
        name: String,
    },
}

impl BootLoader for Extlinux {
    fn described(&self) -> &'static str {
        "an extlinux.conf, which firmware or U-Boot finds by itself"
    }

    fn directories(&self) -> Vec<String> {
        let both = |path: &String| {
            let top = path.trim_end_matches('/');
            [format!("{top}/extlinux"), format!("{top}/kernels")]
        };
        self.paths.iter().flat_map(both).collect()
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
        for path in &self.paths {
            files.extlinux(self, path.trim_end_matches('/'))?;
        }
        Ok(files.finish())
    }
}

impl MenuFiles<'_> {
    /// Adds the operations for the menu in the directory `top`. If there are several directories, they are mirrors of each other.
    fn extlinux(&mut self, settings: &Extlinux, top: &str) -> Result<(), super::Error> {
        let menu = format!("{top}/{MENU}");
        let found = self.places.within_file_system(&menu)?;
        if found != format!("/{MENU}") && found != format!("/boot/{MENU}") {
            let folder = found.strip_suffix("/extlinux.conf").unwrap_or(&found);
            return Err(Error::Path(folder.to_owned()).into());
        }
        let device = self.places.file_system(&menu)?;
        let Menu {
            default,
            all,
            generations,
        } = self.menu.clone();
        let mut items = Vec::new();
        let mut wanted = Vec::new();
        // The default is listed twice: under a label that never changes, and as the generation that it is.
        for (group, is_default) in [(&default, true)]
            .into_iter()
            .chain(generations.iter().map(|group| (group, false)))
        {
            for (n, entry) in group.entries.iter().enumerate() {
                let label = label(entry, is_default);
                let is_first = is_default && n == 0;
                match self.extlinux_item(settings, top, device, entry, (label, is_first), &mut wanted) {
                    Err(error) if !is_first => self.leave_out(entry, &error),
                    item => items.push(item?),
                }
            }
        }
        let title = all.strip_suffix(" - All configurations").unwrap_or(&all);
        let text = conf::write(title, self.request.boot.timeout, &items).map_err(Error::from)?;
        wanted.push(Wanted {
            path: menu,
            contents: Contents::Bytes(text.into_bytes()),
            mode: 0o644,
            stage: Stage::Configuration,
        });
        let directory = format!("{top}/{KERNELS}");
        let ours = [Ours {
            directory: &directory,
            is_ours: names::is_copy,
        }];
        let target = Target {
            place: 0,
            prefix: &self.places.root,
            wanted: &wanted,
            ours: &ours,
            read_by_loader: Some(&directory),
        };
        Ok(self.transaction.add(&target, &self.store)?)
    }

    /// The item for an entry. Copies of the files that U-Boot cannot read in the store are added to `wanted`.
    fn extlinux_item(
        &mut self,
        settings: &Extlinux,
        top: &str,
        device: u64,
        entry: &Entry,
        (label, is_default): (String, bool),
        wanted: &mut Vec<Wanted>,
    ) -> Result<Item, super::Error> {
        let directory = format!("{top}/{KERNELS}");
        let mut copies = Vec::new();
        let kernel = self.path_for_loader(Contents::Store(entry.kernel.clone()), device, &directory, &mut copies)?;
        let initrd = match self.initrd(entry, is_default)? {
            Some(contents) => Some(self.path_for_loader(contents, device, &directory, &mut copies)?),
            None => None,
        };
        let device_tree = if settings.use_generation_device_tree {
            self.device_tree(settings, entry, device, &directory, &mut copies)?
        } else {
            None
        };
        let item = Item {
            label,
            title: entry.title.clone(),
            kernel,
            initrd,
            params: entry.params.clone(),
            device_tree,
        };
        conf::write_item(&item).map_err(Error::from)?;
        wanted.append(&mut copies);
        Ok(item)
    }

    /// The device trees of an entry's system, if it has any.
    fn device_tree(
        &self,
        settings: &Extlinux,
        entry: &Entry,
        device: u64,
        directory: &str,
        copies: &mut Vec<Wanted>,
    ) -> Result<Option<DeviceTree>, super::Error> {
        let folder = format!("{}/{DEVICE_TREES}", entry.system);
        let trees = self.store.list_tree(&folder)?;
        if let Some(name) = &settings.device_tree {
            if trees.is_empty() {
                return Ok(None);
            }
            if !trees.contains(name) {
                let (system, name) = (entry.system.clone(), name.clone());
                return Err(Error::NoDeviceTree { system, name }.into());
            }
            let file = Contents::Store(format!("{folder}/{name}"));
            return Ok(Some(DeviceTree::File(
                self.path_for_loader(file, device, directory, copies)?,
            )));
        }
        let Some(real) = self.store.follow(&folder)?.filter(|_| !trees.is_empty()) else {
            return Ok(None);
        };
        if self.places.file_system(&real)? == device {
            return Ok(Some(DeviceTree::Directory(self.places.within_file_system(&real)?)));
        }
        let copy = format!("{directory}/{}", names::copy(&real));
        for tree in &trees {
            copies.push(Wanted {
                path: format!("{copy}/{tree}"),
                contents: Contents::Store(format!("{real}/{tree}")),
                mode: 0o644,
                stage: Stage::Copy,
            });
        }
        Ok(Some(DeviceTree::Directory(self.places.within_file_system(&copy)?)))
    }
}

/// The label of an entry, by which a person can make it the default: `default` or `generation-3`; for a specialisation, its name
/// follows.
fn label(entry: &Entry, is_default: bool) -> String {
    let start = match entry.number {
        Some(number) if !is_default => format!("generation-{number}"),
        _ => "default".to_owned(),
    };
    match &entry.specialisation {
        Some(name) => {
            let kept = |c: char| {
                if c.is_ascii_alphanumeric() || "-._".contains(c) {
                    c
                } else {
                    '_'
                }
            };
            let name: String = name.chars().map(kept).collect();
            format!("{start}-{name}")
        }
        None => start,
    }
}
