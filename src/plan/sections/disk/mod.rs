//! `disks.<name>`: what is on the machine's disks, in the shape of disko's `devices.disk`. A configuration of disko is
//! read as it is.
//!
//! disko makes shell commands of it, for making and mounting; a plan does not. What disko derives from the same
//! attributes (names, devices, order, `fileSystems`, swap) is in [`fill`](mod@fill) and [`mounts`].

mod contents;
pub mod fill;
pub mod mounts;
pub mod slots;
mod tables;
pub mod types;
mod values;

pub use contents::{Bcachefs, Btrfs, Filesystem, Luks, LvmPv, Mdraid, Subvolume, Swap, SwapFile, Zfs};
pub use tables::{Gpt, Hybrid, MbrPartition, Msdos, Partition, Table, TablePartition};

use crate::section::{section, variants};
use crate::text::{ByteSize, DeviceName, DevicePath, DiskType, FileName, Script, Text};
use tree::Tree;

section! {
    /// A disk.
    Disk, "an attribute set with `device` and `content`" with hooks: DiskHooks;

    /// What the disk is called in the names of its partitions.
    name: DeviceName = "name" [default "the attribute's name, with `_` for `/`"] example "\"main\"";

    /// disko's word for it: `disk`.
    kind: DiskType = "type" [default "\"disk\""] example "\"disk\"";

    /// The disk's path on the machine.
    device: DevicePath = "device" [required] example "\"/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001\"";

    /// Whether disko may wipe the disk.
    destroy: bool = "destroy" [default "true"] example "false";

    /// The file name of the disk's image, without its ending.
    image_name: FileName = "imageName" [default "`name`"] example "\"web\"";

    /// The size of an image of the disk. It goes before `image.size`.
    image_size: ByteSize = "imageSize" [optional] example "\"20G\"";

    /// What is on the disk: a partition table, or one of the contents that a partition can have.
    content: Content = "content" [optional]
        example "{ type = \"gpt\"; partitions.root = { size = \"100%\"; content = { type = \"filesystem\"; format = \"ext4\"; mountpoint = \"/\"; }; }; }";
}

section! {
    /// Shell commands that disko runs on the way. The plan keeps them and never runs them.
    DiskHooks, "an attribute set";

    /// Before it is made.
    pre_create: Script = "preCreateHook" [optional] example "\"\"";

    /// After it was made.
    post_create: Script = "postCreateHook" [optional] example "\"\"";

    /// Before it is mounted.
    pre_mount: Script = "preMountHook" [optional] example "\"\"";

    /// After it was mounted.
    post_mount: Script = "postMountHook" [optional] example "\"\"";

    /// Before it is unmounted.
    pre_unmount: Script = "preUnmountHook" [optional] example "\"\"";

    /// After it was unmounted.
    post_unmount: Script = "postUnmountHook" [optional] example "\"\"";
}

variants! {
    /// What is on a disk, a partition or an encrypted volume.
    Content, "an attribute set with `type`";

    /// A GUID partition table.
    "gpt" => Gpt;
    /// A partition table in a master boot record. disko has no content of this name.
    "msdos" => Msdos;
    /// disko's outdated partition table, whose places are parted's.
    "table" => Table;
    /// A file system.
    "filesystem" => Filesystem;
    /// Swap.
    "swap" => Swap;
    /// Btrfs with subvolumes.
    "btrfs" => Btrfs;
    /// An encrypted volume.
    "luks" => Luks;
    /// A physical volume of LVM.
    "lvm_pv" => LvmPv;
    /// A member of an array of the kernel's software RAID.
    "mdraid" => Mdraid;
    /// A device of a ZFS pool.
    "zfs" => Zfs;
    /// A device of a bcachefs file system.
    "bcachefs" => Bcachefs;
}

/// Settings that disko hands on to others: any JSON but floating-point numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings(pub Tree);

// No floating-point number is in it: the reader sees to that.
impl Eq for Settings {}

impl Content {
    /// The device that the content is on. In a filled plan, each has one.
    pub fn device(&self) -> Option<&DevicePath> {
        match self {
            Self::Gpt(content) => content.device.as_ref(),
            Self::Msdos(content) => content.device.as_ref(),
            Self::Table(content) => content.device.as_ref(),
            Self::Filesystem(content) => content.device.as_ref(),
            Self::Swap(content) => content.device.as_ref(),
            Self::Btrfs(content) => content.device.as_ref(),
            Self::Luks(content) => content.device.as_ref(),
            Self::LvmPv(content) => content.device.as_ref(),
            Self::Mdraid(content) => content.device.as_ref(),
            Self::Zfs(content) => content.device.as_ref(),
            Self::Bcachefs(content) => content.device.as_ref(),
        }
    }

    /// The words of the arguments for mkfs. disko puts the arguments on a shell's command line, so that one may hold
    /// several words.
    pub fn arguments(&self) -> Vec<&str> {
        let arguments = match self {
            Self::Filesystem(content) => &content.extra_args,
            Self::Swap(content) => &content.extra_args,
            Self::Btrfs(content) => &content.extra_args,
            _ => &None,
        };
        let mut words = Vec::new();
        for argument in arguments.iter().flatten() {
            words.extend(argument.text().split_ascii_whitespace());
        }
        words
    }

    /// The label that the arguments for mkfs give: `-L`, or `-n` for FAT.
    pub fn label(&self) -> Option<&str> {
        let options: &[&str] = match self {
            Self::Filesystem(content) => match content.format.as_ref().map_or("", Text::text) {
                "vfat" | "msdos" => &["-n"],
                "exfat" => &["-n", "-L", "--volume-label"],
                "f2fs" => &["-l"],
                "btrfs" => &["-L", "--label"],
                "ext2" | "ext3" | "ext4" | "xfs" | "bcachefs" | "erofs" | "ntfs" | "jfs" => &["-L"],
                _ => return None,
            },
            Self::Swap(_) | Self::Btrfs(_) => &["-L", "--label"],
            _ => return None,
        };
        let words = self.arguments();
        for (n, word) in words.iter().enumerate() {
            for option in options {
                let Some(rest) = word.strip_prefix(option) else {
                    continue;
                };
                let own = if option.starts_with("--") {
                    rest.strip_prefix('=')
                } else {
                    Some(rest)
                };
                if rest.is_empty() {
                    return words.get(n + 1).map(|label| unquoted(label));
                } else if let Some(label) = own {
                    return Some(unquoted(label));
                }
            }
        }
        None
    }

    /// disko's hooks for this content.
    pub fn hooks(&self) -> Option<&DiskHooks> {
        match self {
            Self::Gpt(content) => Some(&content.hooks),
            Self::Msdos(_) => None,
            Self::Table(content) => Some(&content.hooks),
            Self::Filesystem(content) => Some(&content.hooks),
            Self::Swap(content) => Some(&content.hooks),
            Self::Btrfs(content) => Some(&content.hooks),
            Self::Luks(content) => Some(&content.hooks),
            Self::LvmPv(content) => Some(&content.hooks),
            Self::Mdraid(content) => Some(&content.hooks),
            Self::Zfs(content) => Some(&content.hooks),
            Self::Bcachefs(content) => Some(&content.hooks),
        }
    }
}

/// A word without the quotes that a shell would remove.
fn unquoted(word: &str) -> &str {
    word.trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_found_among_the_arguments_of_mkfs() {
        let label = |format: &str, arguments: &[&str]| {
            let mut content = Filesystem {
                format: crate::text::MountField::parse(format, false).ok(),
                ..Filesystem::default()
            };
            let words = arguments
                .iter()
                .map(|word| crate::text::Word::parse(word, false).unwrap());
            content.extra_args = Some(words.collect());
            Content::Filesystem(Box::new(content)).label().map(str::to_owned)
        };
        for (format, arguments, expected) in [
            ("ext4", &["-L", "root"][..], Some("root")),
            ("ext4", &["-Lroot"], Some("root")),
            ("ext4", &["-F -L 'root'"], Some("root")),
            ("ext4", &["-O", "casefold"], None),
            ("vfat", &["-F", "32", "-n", "ESP"], Some("ESP")),
            ("vfat", &["-L", "ESP"], None),
            ("btrfs", &["--label=a"], Some("a")),
            ("btrfs", &["--label", "a"], Some("a")),
            ("btrfs", &["--labels=a"], None),
            ("ext4", &["-L"], None),
            ("nilfs2", &["-L", "a"], None),
        ] {
            assert_eq!(label(format, arguments).as_deref(), expected, "{format} {arguments:?}");
        }
    }
}
