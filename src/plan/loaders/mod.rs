//! `boot.loader`: the boot loaders, a file or folder each behind one trait, and the table of them.
//!
//! A loader is a section of the plan with its defaults, its own rules, and what `pre-boot` is told of it. Rules that need more of
//! a plan than its loader are in `check/`.

mod efi;
mod external;
mod extlinux;
mod grub;
pub mod images;
mod systemd_boot;

pub use efi::Efi;
pub use external::External;
pub use extlinux::{Extlinux, MirroredBoot};
pub use grub::Grub;
pub(crate) use grub::LIMIT as GRUB_LIMIT;
pub use systemd_boot::{BootCounting, SystemdBoot};

use std::collections::BTreeSet;

use crate::firmware::Firmware;
use crate::number::Timeout;
use crate::problem::{AttrPath, Code, Problem, problem};
use crate::section::section;
use crate::text::Device;

/// What a boot loader is to a plan.
pub trait BootLoader {
    /// Gives every attribute that was left out its default. `bios_disks` are the plan's disks with a partition for a boot loader
    /// that BIOS starts.
    fn fill(&mut self, bios_disks: &[Device]);

    /// Whether it can be installed only where the table of firmware has a row for the plan's system.
    fn needs_firmware(&self) -> bool {
        false
    }

    /// Whether files of it go onto EFI system partitions.
    fn uses_esps(&self) -> bool {
        false
    }

    /// The directories beneath the root that its files come into, but for EFI system partitions.
    fn directories(&self) -> Vec<String> {
        Vec::new()
    }

    /// What is wrong with its own attributes, as the author wrote them.
    fn check(&self, around: &Around<'_>, problems: &mut Vec<Problem>) {
        let _ = (around, problems);
    }

    /// What `pre-boot` is told of it; `None` where it cannot be installed.
    fn step(&self, at: &At<'_>) -> Option<step::Loader>;

    /// Forgets the packages that only a build needs: the output must not refer to them.
    fn forget_packages(&mut self) {}
}

/// What a loader's rules look at besides its own attributes.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// The loader's place in the plan.
    pub path: &'a AttrPath,
    /// The plan's name.
    pub name: Option<&'a str>,
    /// The firmware of the plan's machines, where there is a row for it.
    pub firmware: Option<&'a Firmware>,
    /// `boot.loader.efi`.
    pub efi: Option<&'a Efi>,
    /// The plan's disks with a partition for a boot loader that BIOS starts.
    pub bios_disks: &'a [Device],
}

/// What `pre-boot` is told besides the loader's own attributes.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// The store path of the system.
    pub path: &'a str,
    /// The plan's name.
    pub name: &'a str,
    /// The firmware of the plan's machines, where there is a row for it.
    pub firmware: Option<&'a Firmware>,
    /// The device tree that fits the board.
    pub device_tree: Option<&'a str>,
}

/// Declares `boot.loader`: a row for each boot loader, and around them what they have in common.
macro_rules! loaders {
    ($expected:literal; $($(#[doc = $doc:literal])+ $field:ident: $loader:ident = $name:literal example $example:literal;)+) => {
        section! {
            /// The boot loader, exactly one, and what all of them have in common.
            Loader, $expected;

            /// How long the menu waits, in seconds; `null` waits for ever.
            timeout: Timeout = "timeout" [default "5"] example "null";

            $($(#[doc = $doc])+ $field: $loader = $name [optional] example $example;)+

            /// The EFI system partitions.
            efi: Efi = "efi" [default "{ }"] example "{ canTouchEfiVariables = true; }";
        }

        /// Which boot loader a plan has.
        #[derive(Debug, Clone, Copy)]
        pub enum Chosen<'a> {
            $($(#[doc = $doc])+ $loader(&'a $loader),)+
        }

        impl Loader {
            /// The names of all boot loaders.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The boot loaders that the plan names; in a plan without problems it is one.
            pub fn named(&self) -> Vec<(&'static str, &dyn BootLoader)> {
                let mut named: Vec<(&'static str, &dyn BootLoader)> = Vec::new();
                $(named.extend(self.$field.as_ref().map(|loader| ($name, loader as &dyn BootLoader)));)+
                named
            }

            /// The same, to be changed.
            pub fn named_mut(&mut self) -> Vec<&mut dyn BootLoader> {
                let mut named: Vec<&mut dyn BootLoader> = Vec::new();
                $(named.extend(self.$field.as_mut().map(|loader| loader as &mut dyn BootLoader));)+
                named
            }

            /// The one that is installed.
            pub fn chosen(&self) -> Option<Chosen<'_>> {
                $(if let Some(loader) = &self.$field {
                    return Some(Chosen::$loader(loader));
                })+
                None
            }
        }
    };
}

loaders! {
    "an attribute set with `grub`, `systemd-boot`, `generic-extlinux-compatible` or `external`";

    /// GRUB, for BIOS, UEFI or both.
    grub: Grub = "grub" example "{ device = \"/dev/sda\"; package = pkgs.grub2; }";

    /// systemd-boot, for UEFI.
    systemd_boot: SystemdBoot = "systemd-boot" example "{ package = pkgs.systemd; }";

    /// A menu in `extlinux.conf`, for U-Boot and syslinux.
    extlinux: Extlinux = "generic-extlinux-compatible" example "{ }";

    /// A command that installs a boot loader.
    external: External = "external" example "{ command = [ \"${package}/bin/install-boot-loader\" ]; }";
}

/// Complains about each name that the list at `path` holds twice. The problem names no index: an element that could not
/// be read is missing in the list.
pub(crate) fn twice<'a>(
    names: impl Iterator<Item = &'a str>,
    path: &AttrPath,
    code: Code,
    problems: &mut Vec<Problem>,
) {
    let mut known = BTreeSet::new();
    for name in names.filter(|name| !known.insert(*name)) {
        let message = format!("`{name}` is named twice");
        problems.push(problem(path.clone(), code, message, "leave one of them out"));
    }
}

/// The name of the file in `/boot/grub` by which GRUB finds the file system that it boots from. It holds the plan's
/// `name`, so that it differs from that on another machine's disk. It has no `?`: the file may lie on a FAT file
/// system, which does not allow one.
pub fn marker(name: &str) -> String {
    format!("system-installer-{}", name.replace('?', "-"))
}
