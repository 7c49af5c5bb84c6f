//! What systemd-boot needs on each ESP: its image, entries, copies of kernels and initrds, and its configuration.

pub mod entry;

use step::SystemdBoot;

use super::menu_files::{MenuFiles, loader};
use super::{BootLoader, Decided, Request};
use crate::menu::{Entry, Group, Menu};
use crate::store::Store;
use crate::transaction::{Ours, Stage, Target, Wanted};
use crate::{Contents, Places, names};
use entry::LoaderEntry;

/// Why systemd-boot cannot be installed; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value of the default entry or of the settings cannot go into the loader's files.
    #[error("cannot write the loader's entries: {0}")]
    Entry(#[from] entry::Error),
}

impl BootLoader for SystemdBoot {
    fn described(&self) -> &'static str {
        "systemd-boot, which is for UEFI"
    }

    fn uses_esps(&self) -> bool {
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
        files.systemd_boot(self)?;
        Ok(files.finish())
    }
}

/// The directory on the ESP that kernels and initrds are copied to.
const COPIES: &str = "/EFI/system-installer";
const ENTRIES: &str = "/loader/entries";
const LOADER_CONF: &str = "/loader/loader.conf";

impl MenuFiles<'_> {
    fn systemd_boot(&mut self, loader_settings: &SystemdBoot) -> Result<(), super::Error> {
        let mut entries = Vec::new();
        let mut copies = Vec::new();
        let mut default = None;
        let Menu {
            default: chosen,
            generations,
            ..
        } = self.menu.clone();
        let default_number = chosen.entries.first().and_then(|entry| entry.number);
        // A system that is in no profile (no number) is none of the generations.
        let listed = |group: &Group| {
            let first = group.entries.first();
            default_number.is_some() && first.is_some_and(|entry| entry.number == default_number)
        };
        let is_listed = generations.iter().any(listed);
        // A system in no profile is never the newest: its version sorts below those of the generations.
        let newest = generations.first().is_none_or(listed);
        let groups: Vec<&Group> = if is_listed { None } else { Some(&chosen) }
            .into_iter()
            .chain(&generations)
            .collect();
        let mut same_key = true;
        for entry in groups.iter().flat_map(|group| &group.entries) {
            let is_default = entry.specialisation.is_none() && entry.number == default_number;
            match self.loader_entry(entry, is_default, &mut copies) {
                Ok(text) => {
                    let base = names::entry(
                        entry.number.unwrap_or_default(),
                        &entry.variant,
                        entry.specialisation.is_some(),
                        &text,
                    );
                    same_key &= chosen
                        .entries
                        .first()
                        .is_some_and(|first| first.sort_key == entry.sort_key);
                    if is_default {
                        default = Some(base.clone());
                    }
                    entries.push((base, text));
                }
                Err(error) if is_default => return Err(error),
                Err(error) => self.leave_out(entry, &error),
            }
        }
        let default = default.unwrap_or_default();
        // The name of an entry with a counter changes at every boot, so only a glob can name it. A glob that matches all
        // generations lets systemd-boot take the next one when the newest turned out bad: it sorts bad entries last.
        let default = match loader_settings.tries {
            Some(_) if newest && same_key => names::ANY_GENERATION.to_owned(),
            Some(_) => format!("{default}*"),
            None => names::entry_file(&default, ""),
        };
        let configuration = entry::write_configuration(&default, self.request.boot.timeout, loader_settings.editor)
            .map_err(Error::from)?;
        let image = &loader_settings.image;
        let path = format!(
            "/EFI/systemd/{}",
            image.rsplit('/').next().unwrap_or("systemd-boot.efi")
        );
        copies.push(loader(&path, image));
        copies.push(loader(&format!("/EFI/BOOT/{}", loader_settings.fallback_name), image));
        let ours = [
            Ours {
                directory: ENTRIES,
                is_ours: |name| names::parse_entry(name).is_some(),
            },
            Ours {
                directory: COPIES,
                is_ours: names::is_copy,
            },
        ];
        for (place, esp) in self.esps() {
            let mut wanted = copies.clone();
            let there = esp.list(ENTRIES)?;
            for (base, text) in &entries {
                let counter = counter(base, loader_settings.tries, &there);
                wanted.push(Wanted {
                    path: format!("{ENTRIES}/{}", names::entry_file(base, &counter)),
                    contents: Contents::Bytes(text.clone().into_bytes()),
                    mode: 0o644,
                    stage: Stage::Entry,
                });
            }
            wanted.push(Wanted {
                path: LOADER_CONF.to_owned(),
                contents: Contents::Bytes(configuration.clone().into_bytes()),
                mode: 0o644,
                stage: Stage::Configuration,
            });
            let target = Target {
                place,
                prefix: esp,
                wanted: &wanted,
                ours: &ours,
                read_by_loader: None,
            };
            self.transaction.add(&target, &self.store)?;
        }
        // As bootctl calls it.
        self.boot_entries("Linux Boot Manager", &path)
    }

    /// The text of a loader entry. The copies that it names are added to `copies`.
    fn loader_entry(
        &mut self,
        entry: &Entry,
        is_default: bool,
        copies: &mut Vec<Wanted>,
    ) -> Result<String, super::Error> {
        let kernel = self.copy(Contents::Store(entry.kernel.clone()), COPIES, ".efi")?;
        let mut initrds = Vec::new();
        if let Some(contents) = self.initrd(entry, is_default)? {
            initrds.push(self.copy(contents, COPIES, "")?);
        }
        let text = entry::write(&LoaderEntry {
            title: entry.short_title.clone(),
            sort_key: entry.sort_key.clone(),
            version: entry.version.clone(),
            linux: kernel.path.clone(),
            initrds: initrds.iter().map(|initrd| initrd.path.clone()).collect(),
            options: entry.params.clone(),
        })
        .map_err(Error::from)?;
        copies.push(kernel);
        copies.append(&mut initrds);
        Ok(text)
    }
}

/// The counter of the entry `base`: the one that it has already, even if its contents changed, or else a new one.
fn counter(base: &str, tries: Option<u32>, there: &[String]) -> String {
    let Some(tries) = tries else { return String::new() };
    let file = names::entry_file(base, "");
    let identity = names::parse_entry(&file).map(|name| name.identity);
    let mut known = there.iter().filter_map(|name| names::parse_entry(name));
    match known.rfind(|name| Some(name.identity) == identity) {
        Some(name) => name.counter.to_owned(),
        None => format!("+{tries}"),
    }
}
