//! How a disk boots: the plan's boot loader as `pre-boot` carries it.

use std::collections::BTreeMap;

use step::{Boot, Efi};

use super::{Output, text};
use crate::Plan;
use crate::firmware::Firmware;
use crate::loaders::{At, BootLoader, Loader};
use crate::number::Timeout;
use crate::sections::file_system::holding;
use crate::text::Text;

/// The boot loader of a plan that has one.
pub(super) fn boot(Output { plan, path }: Output<'_>) -> Option<Boot> {
    let boot = plan.boot.as_ref()?;
    let loader = boot.loader.as_ref()?;
    let (_, chosen) = *loader.named().first()?;
    let name = text(plan.name.as_ref());
    let device_tree = boot.device_tree.as_ref().and_then(|tree| tree.name.as_ref());
    let at = At {
        path,
        name: &name,
        firmware: plan.system.as_ref().and_then(|system| Firmware::of(system.text())),
        device_tree: device_tree.map(Text::text),
    };
    let efi = loader.efi.as_ref();
    let mount_points = efi.and_then(|efi| efi.efi_sys_mount_point.as_ref());
    Some(Boot {
        timeout: match loader.timeout {
            Some(Timeout::Seconds(seconds)) => Some(seconds),
            Some(Timeout::Forever) | None => None,
        },
        loader: chosen.step(&at)?,
        efi: Efi {
            mount_points: mount_points
                .into_iter()
                .flat_map(|points| &points.0)
                .map(|point| point.text().to_owned())
                .collect(),
            can_touch_efi_variables: efi.is_some_and(|efi| efi.can_touch_efi_variables == Some(true)),
        },
        mounts: mounts(plan, loader, chosen),
    })
}

/// The file systems of the plan that the loader's files come onto: the type by mount point. The root's own is not among
/// them.
fn mounts(plan: &Plan, loader: &Loader, chosen: &dyn BootLoader) -> Option<BTreeMap<String, String>> {
    let file_systems = plan.file_systems.as_ref()?;
    let esps = loader.efi.iter().filter(|_| chosen.uses_esps());
    let esps = esps
        .flat_map(|efi| &efi.efi_sys_mount_point)
        .flat_map(|points| &points.0);
    let esps = esps.map(|point| (point.text(), true));
    let directories = chosen.directories();
    let mut found = BTreeMap::new();
    for (path, is_esp) in esps.chain(directories.iter().map(|path| (path.as_str(), false))) {
        let Some((mount_point, file_system)) = holding(file_systems, path) else {
            continue;
        };
        let kind = match file_system.kind() {
            _ if file_system.is_bind() => "none",
            // Firmware reads FAT alone.
            "auto" if is_esp => "vfat",
            kind => kind,
        };
        if mount_point != "/" {
            found.entry(mount_point.to_owned()).or_insert_with(|| kind.to_owned());
        }
    }
    (!found.is_empty()).then_some(found)
}
