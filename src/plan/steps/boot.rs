//! How a disk boots: the plan's boot loader as `pre-boot` carries it.

use std::collections::BTreeMap;

use step::{Boot, Efi, External, GRUB_DIRECTORIES, GrubBios, GrubEfi};

use super::{Output, text, words};
use crate::number::Timeout;
use crate::sections::file_system::holding;
use crate::sections::firmware::Firmware;
use crate::text::{Device, Text};
use crate::{Grub, Loader, Plan, SystemdBoot};

/// The boot images of an output: made by its build, named by its `pre-boot`. Paths within the output.
pub mod images {
    /// GRUB's boot sector for BIOS.
    pub const GRUB_BOOT: &str = "grub/i386-pc/boot.img";
    /// GRUB for BIOS.
    pub const GRUB_CORE: &str = "grub/i386-pc/core.img";
    /// Several initial RAM disks in one.
    pub const INITRD: &str = "initrd";

    use crate::sections::firmware::Uefi;

    /// GRUB for UEFI.
    pub fn grub_efi(uefi: &Uefi) -> String {
        format!("grub/{}/{}", uefi.grub_platform, uefi.grub_image)
    }

    /// systemd-boot.
    pub fn systemd_boot(uefi: &Uefi) -> String {
        format!("systemd-boot/{}", uefi.systemd_boot_image)
    }
}

/// The file in `/boot/grub` by which GRUB finds the file system that it boots from: another machine's disk has another.
/// It may lie on a FAT file system, whose names hold no `?`.
pub fn marker(plan: &Plan) -> String {
    let name = plan.name.as_ref().map_or("", Text::text);
    format!("system-installer-{}", name.replace('?', "-"))
}

/// The boot loader of a plan that has one.
pub(super) fn boot(output: Output<'_>) -> Option<Boot> {
    let plan = output.plan;
    let given = plan.boot.as_ref()?.loader.as_ref()?;
    let firmware = plan.system.as_ref().and_then(|system| Firmware::of(system.text()));
    let loader = if let Some(grub) = &given.grub {
        step::Loader::Grub(self::grub(grub, output, firmware?))
    } else if let Some(systemd_boot) = &given.systemd_boot {
        step::Loader::SystemdBoot(self::systemd_boot(systemd_boot, output, firmware?))
    } else {
        step::Loader::External(External {
            command: words(given.external.as_ref()?.command.as_ref()),
        })
    };
    let efi = given.efi.as_ref();
    let mount_points = efi.and_then(|efi| efi.efi_sys_mount_point.as_ref());
    Some(Boot {
        timeout: match given.timeout {
            Some(Timeout::Seconds(seconds)) => Some(seconds),
            Some(Timeout::Forever) | None => None,
        },
        loader,
        efi: Efi {
            mount_points: mount_points
                .into_iter()
                .flat_map(|points| &points.0)
                .map(|point| point.text().to_owned())
                .collect(),
            can_touch_efi_variables: efi.is_some_and(|efi| efi.can_touch_efi_variables == Some(true)),
        },
        mounts: mounts(plan, given),
    })
}

/// The types of the plan's file systems that the loader's files come onto, by mount point, but for the root's.
fn mounts(plan: &Plan, loader: &Loader) -> Option<BTreeMap<String, String>> {
    let file_systems = plan.file_systems.as_ref()?;
    let is_for_bios = loader.grub.as_ref().is_some_and(|grub| grub.efi_support != Some(true));
    let esps = loader.efi.iter().filter(|_| !is_for_bios);
    let esps = esps
        .flat_map(|efi| &efi.efi_sys_mount_point)
        .flat_map(|points| &points.0);
    let esps = esps.map(|point| (point.text(), true));
    let of_grub = loader.grub.iter().flat_map(|_| GRUB_DIRECTORIES);
    let mut found = BTreeMap::new();
    for (path, is_esp) in esps.chain(of_grub.map(|path| (path, false))) {
        let Some((mount_point, file_system)) = holding(file_systems, path) else {
            continue;
        };
        let kind = match file_system.kind() {
            _ if file_system.is_bind() => "none",
            // All that firmware reads.
            "auto" if is_esp => "vfat",
            kind => kind,
        };
        if mount_point != "/" {
            found.entry(mount_point.to_owned()).or_insert_with(|| kind.to_owned());
        }
    }
    (!found.is_empty()).then_some(found)
}

fn grub(grub: &Grub, Output { plan, path }: Output<'_>, firmware: &Firmware) -> step::Grub {
    step::Grub {
        devices: grub.disks().map(|device| device.text().to_owned()).collect(),
        bios: grub.is_for_bios(firmware).then(|| GrubBios {
            boot: format!("{path}/{}", images::GRUB_BOOT),
            core: format!("{path}/{}", images::GRUB_CORE),
        }),
        efi: (grub.efi_support == Some(true)).then(|| GrubEfi {
            image: format!("{path}/{}", images::grub_efi(&firmware.efi)),
            removable: grub.efi_install_as_removable == Some(true),
            fallback_name: firmware.efi.fallback_name.to_owned(),
        }),
        marker: marker(plan),
        configuration_limit: grub.configuration_limit.map(|limit| limit.0),
        extra_config: text(grub.extra_config.as_ref()),
    }
}

fn systemd_boot(given: &SystemdBoot, Output { path, .. }: Output<'_>, firmware: &Firmware) -> step::SystemdBoot {
    let counting = given
        .boot_counting
        .as_ref()
        .filter(|counting| counting.enable == Some(true));
    step::SystemdBoot {
        image: format!("{path}/{}", images::systemd_boot(&firmware.efi)),
        fallback_name: firmware.efi.fallback_name.to_owned(),
        configuration_limit: given.configuration_limit.map(|limit| limit.0),
        editor: given.editor == Some(true),
        tries: counting.and_then(|counting| counting.tries).map(|tries| tries.0),
    }
}

impl Grub {
    /// The disks that BIOS boots from.
    pub fn disks(&self) -> impl Iterator<Item = &Device> {
        let devices = self.device.iter().chain(self.devices.iter().flatten());
        devices.filter(|device| device.text() != Device::NODEV)
    }

    /// Whether it is installed for BIOS, on machines with this firmware.
    pub fn is_for_bios(&self, firmware: &Firmware) -> bool {
        firmware.bios.is_some() && self.disks().next().is_some()
    }
}
