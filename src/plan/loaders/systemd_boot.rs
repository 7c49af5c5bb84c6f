//! `boot.loader.systemd-boot`: systemd-boot, for UEFI.

use super::{At, BootLoader, images};
use crate::number::Count;
use crate::section::section;
use crate::text::{Device, StorePath};

section! {
    /// systemd-boot.
    SystemdBoot, "an attribute set with `package`";

    /// How many generations the menu has at the most.
    configuration_limit: Count = "configurationLimit" [optional] example "20";

    /// Whether the menu lets a person edit the kernel's command line.
    editor: bool = "editor" [default "true"] example "false";

    /// Falls back to an older generation when a new one does not come up.
    boot_counting: BootCounting = "bootCounting" [default "{ }"] example "{ enable = true; }";

    /// systemd, with the boot loader in `lib/systemd/boot/efi`. Only the build uses it.
    package: StorePath = "package" [required to build] example "pkgs.systemd";
}

section! {
    /// Automatic boot assessment.
    BootCounting, "an attribute set with `enable`";

    /// Whether entries are counted.
    enable: bool = "enable" [default "false"] example "true";

    /// How often a new entry is tried before it counts as bad.
    tries: Count = "tries" [default "3"] example "2";
}

impl BootLoader for SystemdBoot {
    /// The defaults are NixOS's.
    fn fill(&mut self, _: &[Device]) {
        self.editor.get_or_insert(true);
        let counting = self.boot_counting.get_or_insert_default();
        counting.enable.get_or_insert(false);
        counting.tries.get_or_insert(Count(3));
    }

    fn needs_firmware(&self) -> bool {
        true
    }

    fn uses_esps(&self) -> bool {
        true
    }

    fn step(&self, at: &At<'_>) -> Option<step::Loader> {
        let firmware = at.firmware?;
        let counting = self
            .boot_counting
            .as_ref()
            .filter(|counting| counting.enable == Some(true));
        Some(step::Loader::SystemdBoot(step::SystemdBoot {
            image: format!("{}/{}", at.path, images::systemd_boot(&firmware.efi)),
            fallback_name: firmware.efi.fallback_name.to_owned(),
            configuration_limit: self.configuration_limit.map(|limit| limit.0),
            editor: self.editor == Some(true),
            tries: counting.and_then(|counting| counting.tries).map(|tries| tries.0),
        }))
    }

    fn forget_packages(&mut self) {
        self.package = None;
    }
}
