//! The way from the firmware to the plan's `init.command`: the stages of the boot.

use super::values::{at, entries, table, words};
use tree::Tree;

/// The name of each stage, and what is there. `system` is the store path of the system, where it is known.
pub(super) fn stages(plan: &Tree, system: Option<&str>) -> Vec<(&'static str, String)> {
    let mut chain = Vec::new();
    if let Some(boot) = at(plan, &["boot"]) {
        let (firmware, loader) = loader(boot);
        chain.push(("firmware", firmware));
        chain.push(("loader", loader));
        let parameters = words(boot, &["kernelParams"]);
        chain.push((
            "kernel",
            format!("{} {parameters}", words(boot, &["kernel"]))
                .trim_end()
                .to_owned(),
        ));
        chain.push(("initrd", words(boot, &["initrd"])));
    }
    let init = system.map_or_else(String::new, |system| format!("{system}/"));
    chain.push(("init", format!("{init}init: pre-init, then post-init")));
    chain.push(("command", words(plan, &["init", "command"])));
    chain.retain(|(_, what)| !what.is_empty());
    chain
}

/// What the firmware starts, and what the boot loader shows.
pub(super) fn loader(boot: &Tree) -> (String, String) {
    let esps = words(boot, &["loader", "efi", "efiSysMountPoint"]);
    let mut firmware = Vec::new();
    let loaders = entries(boot, &["loader"]);
    let (mut name, mut menu) = ("nothing", String::new());
    for (loader, settings) in loaders {
        let devices = words(settings, &["devices"]);
        let for_uefi = match loader {
            "grub" => {
                name = "GRUB";
                if !devices.is_empty() && devices != "nodev" {
                    firmware.push(format!("BIOS from {devices}"));
                }
                at(settings, &["efiSupport"]) == Some(&Tree::Bool(true))
            }
            "systemd-boot" => {
                name = "systemd-boot";
                true
            }
            "generic-extlinux-compatible" => {
                name = "extlinux.conf";
                firmware.push("U-Boot or syslinux".to_owned());
                false
            }
            "external" => {
                menu = words(settings, &["command"]);
                name = "the command";
                false
            }
            _ => continue,
        };
        if for_uefi {
            firmware.push(format!("UEFI from the ESP on {esps}"));
        }
        let limit = words(settings, &["configurationLimit"]);
        if !limit.is_empty() {
            menu = format!(", up to {limit} generations");
        }
    }
    if name != "the command" {
        let timeout = words(boot, &["loader", "timeout"]);
        menu = if timeout.is_empty() {
            format!("a menu that waits{menu}")
        } else {
            format!("a menu for {timeout} s{menu}")
        };
    }
    (firmware.join(", "), format!("{name}: {menu}"))
}

/// Adds the stages to `text`, a line each.
pub(super) fn draw(text: &mut String, chain: &[(&'static str, String)]) {
    text.push_str("\nboot\n");
    let mut rows = Vec::new();
    for (stage, what) in chain {
        rows.push(vec!["  ".to_owned() + stage, what.clone()]);
    }
    table(text, &rows);
}

/// The stages as a list of attribute sets.
pub(super) fn as_tree(chain: Vec<(&'static str, String)>) -> Tree {
    let mut list = Vec::new();
    for (stage, what) in chain {
        let string = |text: &str| Tree::String(text.to_owned());
        list.push(Tree::Attrs(vec![
            ("stage".to_owned(), string(stage)),
            ("what".to_owned(), string(&what)),
        ]));
    }
    Tree::List(list)
}
