//! What booting takes: the boot loader's part of `pre-boot`, and the bootspec of this system.

use super::part;
use crate::plan::file_system::holding;
use crate::plan::firmware::Firmware;
use crate::plan::step::GRUB_DIRECTORIES;
use crate::plan::text::{Device, Text};
use crate::plan::{self, Plan};
use crate::read::{Tree, Value};

/// The boot images of an output: made by its build, named by its `pre-boot`. Paths within the output.
pub mod images {
    /// GRUB's boot sector for BIOS.
    pub const GRUB_BOOT: &str = "grub/i386-pc/boot.img";
    /// GRUB for BIOS.
    pub const GRUB_CORE: &str = "grub/i386-pc/core.img";
    /// Several initial RAM disks in one.
    pub const INITRD: &str = "initrd";

    use crate::plan::firmware::Uefi;

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

fn text(text: impl Into<String>) -> Tree {
    Tree::String(text.into())
}

fn set(attrs: Vec<(&str, Tree)>) -> Tree {
    Tree::Attrs(attrs.into_iter().map(|(name, tree)| (name.to_owned(), tree)).collect())
}

/// The `boot` of `pre-boot`, in the shape of [`crate::plan::step::Boot`]. `tree` is the plan as a tree.
pub(super) fn boot(plan: &Plan, tree: &Tree, system: &str) -> Option<Tree> {
    let loader = plan.boot.as_ref()?.loader.as_ref()?;
    let loader_tree = part(tree, &["boot", "loader"]);
    let firmware = plan.system.as_ref().and_then(|system| Firmware::of(system.text()));
    let mut attrs = Vec::new();
    match loader_tree.attribute("timeout") {
        None | Some(Tree::Null) => {}
        Some(timeout) => attrs.push(("timeout", timeout.clone())),
    }
    let chosen = if let Some(given) = &loader.grub {
        grub(given, &marker(plan), firmware?, system)
    } else if let Some(given) = &loader.systemd_boot {
        systemd_boot(given, firmware?, system)
    } else {
        let command = part(&loader_tree, &["external", "command"]);
        set(vec![("type", text("external")), ("command", command)])
    };
    attrs.push(("loader", chosen));
    attrs.push((
        "efi",
        set(vec![
            ("mountPoints", part(&loader_tree, &["efi", "efiSysMountPoint"])),
            (
                "canTouchEfiVariables",
                part(&loader_tree, &["efi", "canTouchEfiVariables"]),
            ),
        ]),
    ));
    let mounts = mounts(plan, loader);
    if !mounts.is_empty() {
        attrs.push(("mounts", Tree::Attrs(mounts)));
    }
    Some(set(attrs))
}

/// The types of the plan's file systems that the loader's files come onto, by mount point, but for the root's.
fn mounts(plan: &Plan, loader: &plan::Loader) -> Vec<(String, Tree)> {
    let Some(file_systems) = &plan.file_systems else {
        return Vec::new();
    };
    let is_for_bios = loader.grub.as_ref().is_some_and(|grub| grub.efi_support != Some(true));
    let esps = loader.efi.iter().filter(|_| !is_for_bios);
    let esps = esps
        .flat_map(|efi| &efi.efi_sys_mount_point)
        .flat_map(|points| &points.0);
    let esps = esps.map(|point| (point.text(), true));
    let of_grub = loader
        .grub
        .iter()
        .flat_map(|_| GRUB_DIRECTORIES)
        .map(|path| (path, false));
    let mut found: Vec<(String, Tree)> = Vec::new();
    for (path, is_esp) in esps.chain(of_grub) {
        let Some((mount_point, file_system)) = holding(file_systems, path) else {
            continue;
        };
        let kind = match file_system.kind() {
            _ if file_system.is_bind() => "none",
            // All that firmware reads.
            "auto" if is_esp => "vfat",
            kind => kind,
        };
        if mount_point != "/" && !found.iter().any(|(known, _)| known == mount_point) {
            found.push((mount_point.to_owned(), text(kind)));
        }
    }
    found
}

fn grub(grub: &plan::Grub, marker: &str, firmware: &Firmware, system: &str) -> Tree {
    let devices = grub_devices(grub);
    let mut attrs = vec![
        ("type", text("grub")),
        (
            "devices",
            Tree::List(devices.iter().map(|device| text(device.text())).collect()),
        ),
    ];
    if grub_for_bios(grub, firmware) {
        let bios = vec![
            ("boot", text(format!("{system}/{}", images::GRUB_BOOT))),
            ("core", text(format!("{system}/{}", images::GRUB_CORE))),
        ];
        attrs.push(("bios", set(bios)));
    }
    if grub.efi_support == Some(true) {
        let efi = vec![
            ("image", text(format!("{system}/{}", images::grub_efi(&firmware.efi)))),
            ("removable", Tree::Bool(grub.efi_install_as_removable == Some(true))),
            ("fallbackName", text(firmware.efi.fallback_name)),
        ];
        attrs.push(("efi", set(efi)));
    }
    attrs.push(("marker", text(marker)));
    attrs.extend(
        grub.configuration_limit
            .map(|limit| ("configurationLimit", limit.write())),
    );
    attrs.push(("extraConfig", text(grub.extra_config.as_ref().map_or("", Text::text))));
    set(attrs)
}

/// The disks that BIOS boots from.
fn grub_devices(grub: &plan::Grub) -> Vec<&Device> {
    let devices = grub.device.iter().chain(grub.devices.iter().flatten());
    devices.filter(|device| device.text() != Device::NODEV).collect()
}

/// Whether GRUB is installed for BIOS.
pub fn grub_for_bios(grub: &plan::Grub, firmware: &Firmware) -> bool {
    firmware.bios.is_some() && !grub_devices(grub).is_empty()
}

fn systemd_boot(given: &plan::SystemdBoot, firmware: &Firmware, system: &str) -> Tree {
    let mut attrs = vec![
        ("type", text("systemd-boot")),
        (
            "image",
            text(format!("{system}/{}", images::systemd_boot(&firmware.efi))),
        ),
        ("fallbackName", text(firmware.efi.fallback_name)),
    ];
    attrs.extend(
        given
            .configuration_limit
            .map(|limit| ("configurationLimit", limit.write())),
    );
    attrs.push(("editor", Tree::Bool(given.editor == Some(true))));
    let counting = given
        .boot_counting
        .as_ref()
        .filter(|counting| counting.enable == Some(true));
    attrs.extend(
        counting
            .and_then(|counting| counting.tries)
            .map(|tries| ("tries", tries.write())),
    );
    set(attrs)
}

/// The system that the menu starts in place of the plan's own.
pub(super) fn other_system(plan: &Plan) -> Option<&str> {
    Some(plan.boot.as_ref()?.system.as_ref()?.text())
}

/// The bootspec of this system, version 1 of RFC 125; none where another one is started, which has its own. A specialisation would be one in
/// `org.nixos.specialisation.v1`; a plan has none.
pub(super) fn bootspec(plan: &Plan, system: &str) -> Option<Tree> {
    let boot = plan.boot.as_ref()?;
    if boot.system.is_some() {
        return None;
    }
    let mut attrs = vec![("init", text(format!("{system}/init")))];
    match boot.initrd.as_ref().map_or(&[][..], |initrds| &initrds.0[..]) {
        [] => {}
        [one] => attrs.push(("initrd", text(one.text()))),
        // The specification has one file.
        _ => attrs.push(("initrd", text(format!("{system}/{}", images::INITRD)))),
    }
    attrs.push(("kernel", text(boot.kernel.as_ref()?.text())));
    attrs.push((
        "kernelParams",
        boot.kernel_params.as_ref().map_or(Tree::List(Vec::new()), Value::write),
    ));
    attrs.push(("label", text(boot.label.as_ref().map_or("", Text::text))));
    attrs.push(("system", text(plan.system.as_ref()?.text())));
    attrs.push(("toplevel", text(system)));
    Some(set(vec![
        ("org.nixos.bootspec.v1", set(attrs)),
        ("org.nixos.specialisation.v1", set(Vec::new())),
    ]))
}
