//! `boot.loader.generic-extlinux-compatible`: a menu that U-Boot and syslinux read, as NixOS's option of this name.

use super::{Around, At, BootLoader, twice};
use crate::number::Count;
use crate::problem::{Problem, code, problem};
use crate::section::section;
use crate::text::{Device, MountPoint, Text};

section! {
    /// `extlinux.conf`, for U-Boot and syslinux: neither is installed, and both look for it by themselves.
    Extlinux, "an attribute set with `mirroredBoots`";

    /// How many generations the menu has at the most.
    configuration_limit: Count = "configurationLimit" [default "20"] example "5";

    /// Whether an entry names the device trees of its own generation.
    use_generation_device_tree: bool = "useGenerationDeviceTree" [default "true"] example "false";

    /// Where the menu and the kernels are written; several are mirrors of each other.
    mirrored_boots: Vec<MirroredBoot> = "mirroredBoots" [default "[ { path = \"/boot\"; } ]"]
        example "[ { path = \"/boot\"; } { path = \"/boot-fallback\"; } ]";
}

section! {
    /// A directory with a menu.
    MirroredBoot, "an attribute set with `path`";

    /// The directory: `/boot`, or where a file system of its own is mounted.
    path: MountPoint = "path" [required] example "\"/boot\"";
}

impl BootLoader for Extlinux {
    /// The defaults are NixOS's.
    fn fill(&mut self, _: &[Device]) {
        self.configuration_limit.get_or_insert(Count(20));
        self.use_generation_device_tree.get_or_insert(true);
        self.mirrored_boots.get_or_insert_with(|| {
            vec![MirroredBoot {
                path: Some(MountPoint::known("/boot")),
            }]
        });
    }

    fn directories(&self) -> Vec<String> {
        self.paths().collect()
    }

    fn check(&self, around: &Around<'_>, problems: &mut Vec<Problem>) {
        let Some(mirrors) = &self.mirrored_boots else { return };
        let path = around.path.name("mirroredBoots");
        if mirrors.is_empty() {
            let hint = "leave the attribute out: it is `[ { path = \"/boot\"; } ]` then";
            let message = "the list of directories is empty";
            problems.push(problem(path.clone(), code::BAD_MOUNT_POINT, message, hint));
        }
        let paths: Vec<String> = self.paths().collect();
        twice(
            paths.iter().map(String::as_str),
            &path,
            code::MOUNT_POINT_TWICE,
            problems,
        );
    }

    fn step(&self, at: &At<'_>) -> Option<step::Loader> {
        Some(step::Loader::Extlinux(step::Extlinux {
            paths: self.paths().collect(),
            configuration_limit: self.configuration_limit.map(|limit| limit.0),
            use_generation_device_tree: self.use_generation_device_tree == Some(true),
            device_tree: at.device_tree.map(str::to_owned),
        }))
    }
}

impl Extlinux {
    fn paths(&self) -> impl Iterator<Item = String> {
        let mirrors = self.mirrored_boots.iter().flatten();
        mirrors.filter_map(|mirror| Some(mirror.path.as_ref()?.text().to_owned()))
    }
}
