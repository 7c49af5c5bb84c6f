//! The contents that a disk or partition can have, apart from partition tables.

use super::{Content, DiskHooks, Settings};
use crate::Named;
use crate::number::SwapPriority;
use crate::section::section;
use crate::text::{ByteSize, DeviceName, DevicePath, DiscardPolicy, MountField, MountPath, Word};

section! {
    /// A file system.
    Filesystem, "an attribute set with `format`" with hooks: DiskHooks;

    /// Its type, as in `mkfs.ext4`.
    format: MountField = "format" [required] example "\"ext4\"";

    /// Where it is mounted. An entry in `fileSystems` for this mount point goes before what stands here.
    mountpoint: MountPath = "mountpoint" [optional] example "\"/\"";

    /// Mount options.
    mount_options: Vec<MountField> = "mountOptions" [default "[ \"defaults\" ]"] example "[ \"umask=0077\" ]";

    /// Arguments for mkfs.
    extra_args: Vec<Word> = "extraArgs" [default "[ ]"] example "[ \"-L\" \"root\" ]";

    /// The device that it is on.
    device: DevicePath = "device" [default "the partition's or the disk's"] example "\"/dev/vda1\"";
}

section! {
    /// Swap.
    Swap, "an attribute set" with hooks: DiskHooks;

    /// When free blocks are discarded.
    discard_policy: DiscardPolicy = "discardPolicy" [optional] example "\"once\"";

    /// Its priority: higher ones are used first.
    priority: SwapPriority = "priority" [optional] example "100";

    /// Options in /etc/fstab.
    mount_options: Vec<MountField> = "mountOptions" [default "[ \"defaults\" ]"] example "[ \"nofail\" ]";

    /// Whether the system resumes from it after hibernation: the kernel's command line has `resume=` with its device then, unless
    /// `boot.kernelParams` has one of its own.
    resume_device: bool = "resumeDevice" [default "false"] example "true";

    /// Whether it is encrypted with a new key at every start.
    random_encryption: bool = "randomEncryption" [default "false"] example "true";

    /// Arguments for mkswap.
    extra_args: Vec<Word> = "extraArgs" [default "[ ]"] example "[ \"-L\" \"swap\" ]";

    /// The device that it is on.
    device: DevicePath = "device" [default "the partition's or the disk's"] example "\"/dev/vda1\"";
}

section! {
    /// Btrfs with subvolumes.
    Btrfs, "an attribute set with `subvolumes`" with hooks: DiskHooks;

    /// The subvolumes by name.
    subvolumes: Named<DeviceName, Subvolume> = "subvolumes" [default "{ }"] example "{ \"/home\".mountpoint = \"/home\"; }";

    /// Where its root is mounted.
    mountpoint: MountPath = "mountpoint" [optional] example "\"/\"";

    /// Mount options of its root.
    mount_options: Vec<MountField> = "mountOptions" [default "[ \"defaults\" ]"] example "[ \"compress=zstd\" ]";

    /// Swap files by name.
    swap: Named<DeviceName, SwapFile> = "swap" [default "{ }"] example "{ swapfile.size = \"2G\"; }";

    /// Arguments for mkfs.
    extra_args: Vec<Word> = "extraArgs" [default "[ ]"] example "[ \"-f\" ]";

    /// The device that it is on.
    device: DevicePath = "device" [default "the partition's or the disk's"] example "\"/dev/vda1\"";
}

section! {
    /// A subvolume of btrfs.
    Subvolume, "an attribute set with `mountpoint`" with hooks: DiskHooks;

    /// Its name.
    name: DeviceName = "name" [default "the attribute's name"] example "\"/home\"";

    /// disko's word for it: `btrfs_subvol`.
    kind: MountField = "type" [default "\"btrfs_subvol\""] example "\"btrfs_subvol\"";

    /// Where it is mounted.
    mountpoint: MountPath = "mountpoint" [optional] example "\"/home\"";

    /// Mount options; `subvol=` is added.
    mount_options: Vec<MountField> = "mountOptions" [default "[ \"defaults\" ]"] example "[ \"compress=zstd\" ]";

    /// Arguments for `btrfs subvolume create`.
    extra_args: Vec<Word> = "extraArgs" [default "[ ]"] example "[ ]";

    /// Swap files by name.
    swap: Named<DeviceName, SwapFile> = "swap" [default "{ }"] example "{ swapfile.size = \"2G\"; }";
}

section! {
    /// A swap file.
    SwapFile, "an attribute set with `size`";

    /// Its size.
    size: ByteSize = "size" [required] example "\"2G\"";

    /// Its path below the mount point.
    path: DeviceName = "path" [default "the attribute's name"] example "\"swapfile\"";

    /// Its priority: higher ones are used first.
    priority: SwapPriority = "priority" [optional] example "100";

    /// Options in /etc/fstab.
    options: Vec<MountField> = "options" [default "[ \"defaults\" ]"] example "[ \"nofail\" ]";
}

section! {
    /// An encrypted volume.
    Luks, "an attribute set with `name`" with hooks: DiskHooks;

    /// What the open volume is called below `/dev/mapper`.
    name: DeviceName = "name" [required] example "\"crypted\"";

    /// Settings of NixOS's `boot.initrd.luks.devices`.
    settings: Settings = "settings" [default "{ }"] example "{ allowDiscards = true; }";

    /// Whether a person is asked for the password.
    ask_password: bool = "askPassword" [default "true without a file"] example "false";

    /// A file with the password.
    password_file: DevicePath = "passwordFile" [optional] example "\"/tmp/secret.key\"";

    /// A file with the key; disko warns that it is outdated.
    key_file: DevicePath = "keyFile" [optional] example "\"/tmp/secret.key\"";

    /// Files with further keys.
    additional_key_files: Vec<DevicePath> = "additionalKeyFiles" [default "[ ]"] example "[ \"/tmp/second.key\" ]";

    /// Whether the initial RAM disk opens it.
    initrd_unlock: bool = "initrdUnlock" [default "true"] example "false";

    /// Arguments for `cryptsetup luksFormat`.
    extra_format_args: Vec<Word> = "extraFormatArgs" [default "[ ]"] example "[ \"--pbkdf pbkdf2\" ]";

    /// Arguments for `cryptsetup open`.
    extra_open_args: Vec<Word> = "extraOpenArgs" [default "[ ]"] example "[ \"--timeout 10\" ]";

    /// The device that it is on.
    device: DevicePath = "device" [default "the partition's or the disk's"] example "\"/dev/vda1\"";

    /// What is in it.
    content: Box<Content> = "content" [optional]
        example "{ type = \"filesystem\"; format = \"ext4\"; mountpoint = \"/\"; }";
}

section! {
    /// A physical volume of LVM.
    LvmPv, "an attribute set with `vg`" with hooks: DiskHooks;

    /// The volume group that it belongs to.
    vg: DeviceName = "vg" [required] example "\"pool\"";

    /// The device that it is on.
    device: DevicePath = "device" [default "the partition's or the disk's"] example "\"/dev/vda1\"";
}

section! {
    /// A member of an array of the kernel's software RAID.
    Mdraid, "an attribute set with `name`" with hooks: DiskHooks;

    /// The array.
    name: DeviceName = "name" [required] example "\"raid1\"";

    /// The device that it is on.
    device: DevicePath = "device" [default "the partition's or the disk's"] example "\"/dev/vda1\"";
}

section! {
    /// A device of a ZFS pool.
    Zfs, "an attribute set with `pool`" with hooks: DiskHooks;

    /// The pool.
    pool: DeviceName = "pool" [required] example "\"zroot\"";

    /// The device that it is on.
    device: DevicePath = "device" [default "the partition's or the disk's"] example "\"/dev/vda1\"";
}

section! {
    /// A device of a bcachefs file system.
    Bcachefs, "an attribute set with `filesystem`" with hooks: DiskHooks;

    /// The file system.
    filesystem: DeviceName = "filesystem" [required] example "\"main\"";

    /// The device's label in it.
    label: MountField = "label" [optional] example "\"group_a.vda2\"";

    /// Arguments for `bcachefs format`.
    extra_format_args: Vec<Word> = "extraFormatArgs" [default "[ ]"] example "[ \"--discard\" ]";

    /// The device that it is on.
    device: DevicePath = "device" [default "the partition's or the disk's"] example "\"/dev/vda1\"";
}
