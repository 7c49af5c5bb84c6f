//! `fileSystems.<mountPoint>`, and the lines of fstab(5) for it.

use std::collections::BTreeSet;
use std::fmt::Write;
use tree::path::parents;

use super::disk::mounts::swaps;
use crate::section::section;
use crate::text::{MountField, MountPath, Text};
use crate::{Map, Plan};

section! {
    /// A file system to mount.
    FileSystem, "an attribute set with `device`, `fsType`, `options` and `neededForBoot`";

    /// What is mounted, as in fstab(5): a block device, `UUID=...` or the like, a network share, a directory.
    device: MountField = "device" [default "`/dev/disk/by-label/` and `label`, or `fsType` for one without a device"]
        example "\"/dev/disk/by-uuid/c8f7a1b2-3d4e-4f50-8a6b-7c8d9e0f1a2b\"";

    /// The label of the file system on its device.
    label: MountField = "label" [optional] example "\"root\"";

    /// Its type.
    fs_type: MountField = "fsType" [default "\"auto\""] example "\"ext4\"";

    /// Mount options.
    options: Vec<MountField> = "options" [default "[ \"defaults\" ]"] example "[ \"noatime\" ]";

    /// Whether the initial RAM disk mounts it, before `init` starts.
    needed_for_boot: bool = "neededForBoot"
        [default "true for `/` and what the first steps need: `/etc`, `/nix`, `/usr`, `/var` and what NixOS counts below them"]
        example "true";

    /// Whether fsck(8) leaves it alone.
    no_check: bool = "noCheck" [default "false"] example "true";

    /// What has to be mounted before it. What lies above it, and what systemd finds out by itself, need not be named.
    depends: Vec<MountPath> = "depends" [default "[ ]"] example "[ \"/persistent\" ]";
}

/// Mount points that are needed before the real init starts: NixOS's `pathsNeededForBoot`.
pub const NEEDED_FOR_BOOT: [&str; 9] = [
    "/",
    "/etc",
    "/nix",
    "/nix/store",
    "/usr",
    "/var",
    "/var/lib",
    "/var/lib/nixos",
    "/var/log",
];

/// Types without a device. They are mounted under their own name.
const WITHOUT_DEVICE: [&str; 6] = ["tmpfs", "ramfs", "overlay", "hugetlbfs", "proc", "sysfs"];

/// Types that are always read-only.
const READ_ONLY: [&str; 5] = ["erofs", "squashfs", "iso9660", "cramfs", "romfs"];

/// Types that fsck(8) checks before they are mounted.
const CHECKED: [&str; 7] = ["ext2", "ext3", "ext4", "f2fs", "jfs", "exfat", "vfat"];

/// The options of an overlay that name directories (the kernel's `overlayfs.rst`).
const LAYERS: [&str; 4] = ["lowerdir=", "lowerdir+=", "upperdir=", "workdir="];

impl FileSystem {
    /// Adds what the disk under the file system says of it. An entry that names a device of its own is left alone.
    pub(crate) fn take_from_disk(&mut self, of_disk: Self) {
        if self.device.is_none() && self.label.is_none() {
            self.device = of_disk.device;
            self.fs_type = self.fs_type.take().or(of_disk.fs_type);
            self.options = self.options.take().or(of_disk.options);
        }
    }

    /// Fills in the defaults of the file system at `mount_point`.
    pub(crate) fn fill(&mut self, mount_point: &str) {
        let kind = self.fs_type.get_or_insert_with(|| MountField::known("auto"));
        if let (None, Some(label)) = (&self.device, &self.label) {
            self.device = Some(MountField::known(udev_link("/dev/disk/by-label/", label.text())));
        } else if self.device.is_none() && WITHOUT_DEVICE.contains(&kind.text()) {
            self.device = Some(kind.clone());
        }
        self.options.get_or_insert_with(|| vec![MountField::known("defaults")]);
        self.no_check.get_or_insert(false);
        self.depends.get_or_insert_default();
        self.needed_for_boot
            .get_or_insert(NEEDED_FOR_BOOT.contains(&mount_point));
    }

    /// The type. It is `auto` if the plan has none.
    pub fn kind(&self) -> &str {
        self.fs_type.as_ref().map_or("auto", Text::text)
    }

    /// Every single option. As in fstab(5), an element of the list may hold several.
    fn each_option(&self) -> impl Iterator<Item = &str> {
        self.options.iter().flatten().flat_map(|text| text.text().split(','))
    }

    /// Whether it is read-only. Of two options that contradict each other, mount(8) goes by the last one.
    pub fn is_read_only(&self) -> bool {
        READ_ONLY.contains(&self.kind())
            || self
                .each_option()
                .filter(|option| matches!(*option, "ro" | "rw"))
                .last()
                == Some("ro")
    }

    /// Paths that have to be there before it is mounted: its source, where that is a directory or a file (a bind mount, an
    /// image), the layers of an overlay, and what `depends` names.
    fn needed_paths(&self) -> impl Iterator<Item = &str> {
        let device = self.device.as_ref().map_or("", Text::text);
        let source = Some(device).filter(|path| path.starts_with('/') && !path.starts_with("/dev/"));
        let layers = self
            .each_option()
            .filter_map(|option| LAYERS.iter().find_map(|name| option.strip_prefix(name)))
            .flat_map(|paths| paths.split(':'))
            .filter(|path| path.starts_with('/'));
        let depends = self.depends.iter().flatten().map(Text::text);
        source.into_iter().chain(layers).chain(depends)
    }

    /// Whether it is a directory that is mounted a second time, and not a file system of its own.
    pub fn is_bind(&self) -> bool {
        self.each_option().any(|option| matches!(option, "bind" | "rbind"))
    }

    /// The label by which its device is found, if it is found by one.
    pub fn wanted_label(&self) -> Option<&str> {
        let device = self.device.as_ref().map_or("", Text::text);
        let by_device = ["/dev/disk/by-label/", "LABEL="]
            .iter()
            .find_map(|prefix| device.strip_prefix(prefix));
        self.label.as_ref().map(Text::text).or(by_device)
    }
}

/// The link in `folder` that udev makes for a label. Letters, digits, a few signs and characters beyond ASCII stand for
/// themselves; the rest is written as `\x` and two digits (systemd's `encode_devnode_name`).
pub(crate) fn udev_link(folder: &str, label: &str) -> String {
    let mut path = String::from(folder);
    for c in label.chars() {
        if c.is_ascii_alphanumeric() || !c.is_ascii() || "#+-.:=@_".contains(c) {
            path.push(c);
        } else {
            // Writing to a string does not fail.
            let _ = write!(path, "\\x{:02x}", u32::from(c));
        }
    }
    path
}

/// The file system that `path` lies on, with its mount point.
pub fn holding<'a>(file_systems: &'a Map<MountPath, FileSystem>, path: &'a str) -> Option<(&'a str, &'a FileSystem)> {
    let find = |path: &'a str| {
        let file_system = file_systems.entries.get(path)?.as_ref()?;
        Some((path, file_system))
    };
    find(path)
        .or_else(|| parents(path).find_map(find))
        .or_else(|| find("/"))
}

/// Whether the plan mounts its root read-only.
pub fn has_read_only_root(plan: &Plan) -> bool {
    let root = plan.file_systems.as_ref().and_then(|map| map.entries.get("/"));
    root.and_then(Option::as_ref).is_some_and(FileSystem::is_read_only)
}

/// The file systems in an order in which `mount -a` can mount them, which goes by the order of the lines: each comes after
/// those that its mount point, its source and its layers lie on, and after those it depends on. Otherwise they are sorted by
/// mount point. Where some need each other, the order between them is that of their names.
fn in_mount_order(file_systems: &Map<MountPath, FileSystem>) -> Vec<(&str, &FileSystem)> {
    let mut ordered = Vec::new();
    let mut seen = BTreeSet::new();
    for (mount_point, file_system) in file_systems.present() {
        add_with_needed(file_systems, (mount_point, file_system), &mut seen, &mut ordered);
    }
    ordered
}

fn add_with_needed<'a>(
    file_systems: &'a Map<MountPath, FileSystem>,
    (mount_point, file_system): (&'a str, &'a FileSystem),
    seen: &mut BTreeSet<&'a str>,
    ordered: &mut Vec<(&'a str, &'a FileSystem)>,
) {
    if !seen.insert(mount_point) {
        return;
    }
    let above = parents(mount_point).next().into_iter();
    for path in above.chain(file_system.needed_paths()) {
        if let Some(needed) = holding(file_systems, path) {
            add_with_needed(file_systems, needed, seen, ordered);
        }
    }
    ordered.push((mount_point, file_system));
}

/// The lines of fstab(5): file systems as [`in_mount_order`] has them, then swap. `None` if the plan has nothing to mount. The
/// file systems have to be filled in.
pub(crate) fn fstab(plan: &Plan) -> Option<String> {
    let mut text = String::new();
    for (mount_point, file_system) in plan.file_systems.iter().flat_map(in_mount_order) {
        let pass = match mount_point {
            _ if file_system.no_check == Some(true) => "0",
            _ if !CHECKED.contains(&file_system.kind()) || file_system.is_bind() => "0",
            "/" => "1",
            _ => "2",
        };
        let device = file_system.device.as_ref().map_or("none", Text::text);
        let depends = file_system.depends.iter().flatten();
        // systemd.mount(5).
        let depends: Vec<String> = depends
            .map(|path| format!("x-systemd.requires-mounts-for={}", path.text()))
            .collect();
        let options = file_system.options.iter().flatten().map(Text::text);
        let mut options = options.chain(depends.iter().map(String::as_str));
        line(&mut text, [device, mount_point, file_system.kind()], &mut options, pass);
    }
    for swap in swaps(plan) {
        let mut options = swap.options.iter().map(String::as_str);
        line(&mut text, [&swap.device, "none", "swap"], &mut options, "0");
    }
    Some(text).filter(|text| !text.is_empty())
}

fn line(text: &mut String, first: [&str; 3], options: &mut dyn Iterator<Item = &str>, pass: &str) {
    for each in first {
        field(text, each);
    }
    let mut joined = String::new();
    for option in options {
        if !joined.is_empty() {
            joined.push(',');
        }
        joined += option;
    }
    field(text, if joined.is_empty() { "defaults" } else { &joined });
    *text += "0 ";
    *text += pass;
    text.push('\n');
}

/// Writes a field of fstab(5) and the space behind it. White space would end the field, and is escaped as in
/// getmntent(3). A `#` is escaped only at the start of a line: mount(8) knows `\043`, but systemd and the C library do
/// not.
fn field(line: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            ' ' => line.push_str("\\040"),
            '#' if line.is_empty() || line.ends_with('\n') => line.push_str("\\043"),
            '\\' => line.push_str("\\134"),
            _ => line.push(c),
        }
    }
    line.push(' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_system(kind: &str, options: &[&str]) -> FileSystem {
        FileSystem {
            fs_type: Some(MountField::known(kind)),
            options: Some(options.iter().map(|option| MountField::known(*option)).collect()),
            ..FileSystem::default()
        }
    }

    fn plan(entries: Vec<(&str, FileSystem)>) -> Plan {
        let entries = entries.into_iter().map(|(path, mut file_system)| {
            file_system.fill(path);
            (path.to_owned(), Some(file_system))
        });
        Plan {
            file_systems: Some(Map::new(entries.collect())),
            ..Plan::default()
        }
    }

    #[test]
    fn a_file_system_is_read_only_by_its_last_option_or_its_type() {
        for (kind, options, read_only) in [
            ("ext4", &[][..], false),
            ("ext4", &["ro"], true),
            ("ext4", &["noatime,ro", "nofail"], true),
            ("ext4", &["ro", "rw"], false),
            ("ext4", &["errors=remount-ro"], false),
            ("erofs", &["defaults"], true),
        ] {
            assert_eq!(
                file_system(kind, options).is_read_only(),
                read_only,
                "{kind} {options:?}"
            );
        }
    }

    #[test]
    fn what_a_file_system_needs_is_mounted_before_it() {
        let on = |device: &str, kind: &str, options: &[&str]| FileSystem {
            device: Some(MountField::known(device)),
            ..file_system(kind, options)
        };
        let depends = |path: &str, file_system| FileSystem {
            depends: Some(vec![MountPath::known(path)]),
            ..file_system
        };
        let plan = plan(vec![
            ("/", on("/dev/vda", "ext4", &[])),
            ("/a", on("/zz/deep", "none", &["bind"])),
            ("/b", on("/y/image", "ext4", &["loop"])),
            (
                "/c",
                on(
                    "overlay",
                    "overlay",
                    &["lowerdir=/x1:/x2/d,upperdir=/x3/u", "workdir=/x3/w"],
                ),
            ),
            ("/d", depends("/w", file_system("tmpfs", &[]))),
            // Each needs the other.
            ("/e", on("/f", "none", &["bind"])),
            ("/f", on("/e", "none", &["bind"])),
            ("/g", on("/g", "none", &["bind"])),
            ("/w", file_system("tmpfs", &[])),
            ("/x1", file_system("tmpfs", &[])),
            ("/x2", on("/zz", "none", &["bind"])),
            ("/x3", file_system("tmpfs", &[])),
            ("/y", file_system("tmpfs", &[])),
            ("/zz", file_system("tmpfs", &[])),
        ]);
        let order: Vec<_> = plan
            .file_systems
            .iter()
            .flat_map(in_mount_order)
            .map(|(path, _)| path)
            .collect();
        let expected = [
            "/", "/zz", "/a", "/y", "/b", "/x1", "/x2", "/x3", "/c", "/w", "/d", "/f", "/e", "/g",
        ];
        assert_eq!(order, expected);
    }

    #[test]
    fn fstab_has_parents_first_and_its_fields_are_escaped() {
        let mut spaces = file_system("vfat", &["umask=0077", "x-name=a b"]);
        spaces.device = Some(MountField::known("LABEL=a#b \\c"));
        let plan = plan(vec![
            ("/boot/e f", spaces),
            ("/tmp", file_system("tmpfs", &["mode=1777", "size=10%"])),
            (
                "/boot",
                FileSystem {
                    label: Some(MountField::known("my boot")),
                    ..file_system("ext4", &[])
                },
            ),
            (
                "/",
                FileSystem {
                    label: Some(MountField::known("root")),
                    ..FileSystem::default()
                },
            ),
            (
                "/opt",
                FileSystem {
                    label: Some(MountField::known("opt")),
                    no_check: Some(true),
                    depends: Some(vec![MountPath::known("/a b"), MountPath::known("/c")]),
                    ..file_system("ext4", &["noatime"])
                },
            ),
            (
                "/home",
                FileSystem {
                    device: Some(MountField::known("/data/home")),
                    ..file_system("ext4", &["bind"])
                },
            ),
        ]);
        assert_eq!(
            fstab(&plan).unwrap(),
            "/dev/disk/by-label/root / auto defaults 0 0\n\
             /dev/disk/by-label/my\\134x20boot /boot ext4 defaults 0 2\n\
             LABEL=a#b\\040\\134c /boot/e\\040f vfat umask=0077,x-name=a\\040b 0 2\n\
             /data/home /home ext4 bind 0 0\n\
             /dev/disk/by-label/opt /opt ext4 \
             noatime,x-systemd.requires-mounts-for=/a\\040b,x-systemd.requires-mounts-for=/c 0 0\n\
             tmpfs /tmp tmpfs mode=1777,size=10% 0 0\n"
        );
        assert_eq!(fstab(&Plan::default()), None);
    }

    #[test]
    fn a_path_is_on_the_file_system_that_is_mounted_nearest() {
        let plan = plan(vec![
            ("/", file_system("ext4", &[])),
            ("/var", file_system("ext4", &[])),
            ("/var/lib", file_system("ext4", &[])),
        ]);
        let map = plan.file_systems.as_ref().unwrap();
        for (path, mount_point) in [
            ("/", "/"),
            ("/etc/motd", "/"),
            ("/variable", "/"),
            ("/var", "/var"),
            ("/var/library", "/var"),
            ("/var/lib/a/b", "/var/lib"),
        ] {
            assert_eq!(holding(map, path).map(|(path, _)| path), Some(mount_point), "{path}");
        }
    }

    #[test]
    fn what_the_first_steps_need_is_mounted_before_them_unless_the_plan_says_otherwise() {
        for (path, needed) in [
            ("/", true),
            ("/nix", true),
            ("/var/lib", true),
            ("/home", false),
            ("/nix/other", false),
        ] {
            let mut file_system = FileSystem::default();
            file_system.fill(path);
            assert_eq!(file_system.needed_for_boot, Some(needed), "{path}");
        }
        let mut file_system = FileSystem {
            needed_for_boot: Some(false),
            ..FileSystem::default()
        };
        file_system.fill("/nix");
        assert_eq!(file_system.needed_for_boot, Some(false));
    }
}
