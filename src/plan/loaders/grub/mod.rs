//! `boot.loader.grub`: GRUB, for BIOS, UEFI or both.

mod rules;

use step::{GRUB_DIRECTORIES, GrubBios, GrubEfi};

use super::{Around, At, BootLoader, images, marker};
use crate::firmware::Firmware;
use crate::many::Packages;
use crate::number::Count;
use crate::problem::Problem;
use crate::section::section;
use crate::text::{Device, GrubCommands, Text};

section! {
    /// GRUB.
    Grub, "an attribute set with `device` and `package`";

    /// The disk whose boot sector BIOS starts; `nodev` where only UEFI is wanted.
    device: Device = "device" [optional] example "\"/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001\"";

    /// Several disks, mirrors of each other: each boots without the others.
    devices: Vec<Device> = "devices" [default "`device` alone; without it, the disks of `disks` that have a partition of the type `EF02`"] example "[ \"/dev/sda\" \"/dev/sdb\" ]";

    /// Whether GRUB is installed for UEFI.
    efi_support: bool = "efiSupport" [default "false"] example "true";

    /// Whether it goes where firmware looks without being told (`EFI/BOOT`), as on removable media.
    efi_install_as_removable: bool = "efiInstallAsRemovable" [default "false"] example "true";

    /// How many generations the menu has at the most.
    configuration_limit: Count = "configurationLimit" [default "100"] example "20";

    /// GRUB commands that go into grub.cfg before the entries.
    extra_config: GrubCommands = "extraConfig" [default "\"\""]
        example "\"serial --unit=0\\nterminal_output serial\\n\"";

    /// GRUB itself, with `bin/grub-mkimage` and the platforms in `lib/grub`; a list where the platform of BIOS and that of
    /// UEFI come in two packages. Only the build uses it.
    package: Packages = "package" [required to build] example "pkgs.grub2";
}

/// How many generations there are where nobody says so, as in NixOS.
pub(crate) const LIMIT: Count = Count(100);

impl BootLoader for Grub {
    /// The defaults are NixOS's. If the plan names no device, the disks are those that disko would take.
    fn fill(&mut self, bios_disks: &[Device]) {
        if self.devices.is_none() {
            let devices: Vec<Device> = self.device.take().into_iter().collect();
            self.devices = Some(if devices.is_empty() {
                bios_disks.to_vec()
            } else {
                devices
            });
        }
        self.efi_support.get_or_insert(false);
        self.efi_install_as_removable.get_or_insert(false);
        self.configuration_limit.get_or_insert(LIMIT);
        self.extra_config.get_or_insert_with(|| GrubCommands::known(""));
    }

    fn needs_firmware(&self) -> bool {
        true
    }

    fn uses_esps(&self) -> bool {
        self.efi_support == Some(true)
    }

    fn directories(&self) -> Vec<String> {
        GRUB_DIRECTORIES.map(str::to_owned).into()
    }

    fn check(&self, around: &Around<'_>, problems: &mut Vec<Problem>) {
        rules::check(self, around, problems);
    }

    fn step(&self, at: &At<'_>) -> Option<step::Loader> {
        let (firmware, path) = (at.firmware?, at.path);
        Some(step::Loader::Grub(step::Grub {
            devices: self.disks().map(|device| device.text().to_owned()).collect(),
            bios: self.is_for_bios(firmware).then(|| GrubBios {
                boot: format!("{path}/{}", images::GRUB_BOOT),
                core: format!("{path}/{}", images::GRUB_CORE),
            }),
            efi: (self.efi_support == Some(true)).then(|| GrubEfi {
                image: format!("{path}/{}", images::grub_efi(&firmware.efi)),
                removable: self.efi_install_as_removable == Some(true),
                fallback_name: firmware.efi.fallback_name.to_owned(),
            }),
            marker: marker(at.name),
            configuration_limit: self.configuration_limit.map(|limit| limit.0),
            extra_config: self.extra_config.as_ref().map_or("", Text::text).to_owned(),
        }))
    }

    fn forget_packages(&mut self) {
        self.package = None;
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
