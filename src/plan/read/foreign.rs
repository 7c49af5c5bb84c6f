//! Attributes that NixOS and disko have and a plan does not, each with what a plan has instead. Whoever writes one of
//! them knows it from there: it is no typing mistake.

/// Each name, and the hint for it.
const KNOWN: [(&str, &str); 23] = [
    (
        "autoFormat",
        "add `\"x-systemd.makefs\"` to `options`, or make the file system with `disks`",
    ),
    ("autoResize", "add `\"x-systemd.growfs\"` to `options`"),
    (
        "bcachefs_filesystems",
        "describe in `fileSystems` what is on several disks",
    ),
    ("enable", "leave it out: what is there is used"),
    (
        "enableCryptodisk",
        "give `/boot` a file system of its own that is not encrypted",
    ),
    (
        "encrypted",
        "let the initial RAM disk open the volume, and name the open one in `device`",
    ),
    ("environment", "write `files`, `symlinks` and `init.environment`"),
    (
        "formatOptions",
        "write `extraArgs` of the partition's `content` in `disks`",
    ),
    (
        "isNormalUser",
        "write `home` below `/home`, and `shell`: the uid is then a person's",
    ),
    (
        "isSystemUser",
        "leave it out: a user without `uid` and with a home elsewhere than below `/home` is one",
    ),
    ("lvm_vg", "describe in `fileSystems` what is on volumes of LVM"),
    ("mdadm", "describe in `fileSystems` what is on arrays"),
    ("mountPoint", "leave it out: the name of the attribute set says where"),
    ("networking", "write `hostName`; the rest is for `files`"),
    (
        "mirroredBoots",
        "write all disks in `devices`, and all EFI system partitions in `boot.loader.efi.efiSysMountPoint`",
    ),
    (
        "nodev",
        "write `fileSystems.\"/tmp\" = { fsType = \"tmpfs\"; };` or the like",
    ),
    (
        "overlay",
        "write `fsType = \"overlay\";`, with `lowerdir=`, `upperdir=` and `workdir=` in `options`",
    ),
    (
        "password",
        "write `hashedPasswordFile`: everyone can read what is in the store",
    ),
    ("stratis", "name the volume in `device`"),
    (
        "services",
        "write what starts them in `init.command`, and their files in `files`",
    ),
    (
        "swapDevices",
        "write a partition with `content.type = \"swap\";` in `disks`",
    ),
    ("zpool", "describe in `fileSystems` what is on pools"),
    ("disko", "write `disks = disko.devices.disk;`"),
];

/// The hint for the attribute `name`.
pub fn hint(name: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(known, _)| *known == name).map(|(_, hint)| *hint)
}
