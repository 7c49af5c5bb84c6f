//! What this machine has mounted, and what it swaps to: `/proc/self/mountinfo` (proc(5)) and `/proc/swaps`. Read only.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::major;

use super::block::{self, Identity};

/// How many overlays on top of each other are followed: the kernel stacks no more than two.
const DEPTH: u32 = 3;

/// One mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The device number of its file system; for btrfs it is not `st_dev`.
    pub device: u64,
    /// Where it is mounted, as seen from the root of this process.
    pub point: PathBuf,
    /// The file system's type.
    pub kind: OsString,
    /// What was mounted: mostly a block device.
    pub source: OsString,
    /// The file system's own options.
    pub options: OsString,
}

/// The disks that a file system lies on.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Disks {
    /// All block devices, and files behind loop devices, from the file system's own device down to whole disks.
    pub found: Vec<Identity>,
    /// Whether there may be others that `found` lacks: the kernel does not always tell the disks of a pool (ZFS, for one).
    pub is_open: bool,
}

/// The mounts that this process sees; `None` where `/proc` cannot be read.
pub fn mounts() -> Option<Vec<Mount>> {
    Some(parse(&fs::read("/proc/self/mountinfo").ok()?))
}

/// The block devices that this machine swaps to, with what they lie on.
pub fn swaps() -> Vec<(PathBuf, Vec<Identity>)> {
    let text = fs::read("/proc/swaps").unwrap_or_default();
    let mut swaps = Vec::new();
    for line in text.split(|byte| *byte == b'\n').skip(1) {
        let path = PathBuf::from(unescape(line.split(u8::is_ascii_whitespace).next().unwrap_or_default()));
        if let Some(number) = block::number(&path) {
            swaps.push((path, block::beneath(number)));
        }
    }
    swaps
}

fn parse(text: &[u8]) -> Vec<Mount> {
    text.split(|byte| *byte == b'\n').filter_map(parse_line).collect()
}

fn parse_line(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let device = block::parse(std::str::from_utf8(fields.nth(2)?).ok()?)?;
    let point = PathBuf::from(unescape(fields.nth(1)?));
    // Optional fields, then a hyphen.
    fields.find(|field| *field == b"-")?;
    Some(Mount {
        device,
        point,
        kind: unescape(fields.next()?),
        source: unescape(fields.next()?),
        options: unescape(fields.next().unwrap_or_default()),
    })
}

/// Undoes the kernel's escapes in a field: it writes white space and backslashes as a backslash and three octal digits.
fn unescape(field: &[u8]) -> OsString {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..3).filter(|_| *first == b'\\');
        let byte = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[3..] } else { after };
    }
    OsString::from_vec(bytes)
}

/// The mount that `path` lies on. `path` must be absolute and free of symbolic links.
pub fn holding<'a>(mounts: &'a [Mount], path: &Path) -> Option<&'a Mount> {
    let holds = mounts.iter().filter(|mount| path.starts_with(&mount.point));
    // Of those on the same mount point the last one hides the others.
    holds.max_by_key(|mount| mount.point.components().count())
}

/// What the file system of the directory at `path` lies on; `device` is its `st_dev`. Without `mounts`, only what follows from
/// `device` is found.
pub fn disks(device: u64, path: &Path, mounts: Option<&[Mount]>) -> Disks {
    disks_within(device, path, mounts, DEPTH)
}

fn disks_within(device: u64, path: &Path, mounts: Option<&[Mount]>, depth: u32) -> Disks {
    // Major 0 is for file systems without a block device, or with several.
    if major(device) != 0 {
        return Disks {
            found: block::beneath(device),
            is_open: false,
        };
    }
    let Some(mounts) = mounts else {
        return Disks {
            found: Vec::new(),
            is_open: true,
        };
    };
    holding(mounts, path).map_or_else(Disks::default, |mount| mount.disks_within(mounts, depth))
}

impl Mount {
    /// What its file system lies on. `mounts` must hold all mounts of this machine.
    pub fn disks(&self, mounts: &[Mount]) -> Disks {
        self.disks_within(mounts, DEPTH)
    }

    fn disks_within(&self, mounts: &[Mount], depth: u32) -> Disks {
        if major(self.device) != 0 {
            return disks_within(self.device, &self.point, Some(mounts), depth);
        }
        if self.kind == "overlay" {
            return self.upper(mounts, depth);
        }
        let mut disks = Disks::default();
        // bcachefs tells its devices with colons between them.
        for source in self.source.as_bytes().split(|byte| *byte == b':') {
            let source = Path::new(OsStr::from_bytes(source));
            let Some(number) = source.is_absolute().then(|| block::number(source)).flatten() else {
                continue;
            };
            for device in with_siblings(number) {
                disks.found.extend(block::beneath(device));
            }
        }
        let is_of_several = ["btrfs", "bcachefs", "zfs"].iter().any(|kind| self.kind == *kind);
        disks.is_open = is_of_several && disks.found.is_empty();
        disks
    }

    /// What the writable layer of an overlay lies on, where this process can see that layer.
    fn upper(&self, mounts: &[Mount], depth: u32) -> Disks {
        let mut options = self.options.as_bytes().split(|byte| *byte == b',');
        let upper = options.find_map(|option| option.strip_prefix(b"upperdir="));
        let path = upper.and_then(|upper| fs::canonicalize(OsStr::from_bytes(upper)).ok());
        match path.as_ref().and_then(|path| Some((path, fs::metadata(path).ok()?))) {
            Some((path, meta)) if depth > 0 => disks_within(meta.dev(), path, Some(mounts), depth - 1),
            _ => Disks::default(),
        }
    }
}

/// All devices of the btrfs file system that the block device `number` belongs to; for other file systems `number` alone.
fn with_siblings(number: u64) -> Vec<u64> {
    for file_system in fs::read_dir("/sys/fs/btrfs").into_iter().flatten().flatten() {
        let devices = block::members(&file_system.path().join("devices"));
        if devices.contains(&number) {
            return devices;
        }
    }
    vec![number]
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[u8] = b"22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n\
        30 22 0:25 /@ /mnt/a\\040b rw - btrfs /dev/sdb1 rw,subvol=/@\n\
        31 30 8:2 / /mnt/a\\040b/boot rw shared:3 master:2 - vfat /dev/sda2 rw\n\
        32 22 0:30 / /over rw - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w\n\
        nonsense\n";

    #[test]
    fn the_mount_table_is_read_as_the_kernel_writes_it() {
        let mounts = parse(TABLE);
        assert_eq!(mounts.len(), 4);
        assert_eq!(mounts[1].point, Path::new("/mnt/a b"));
        assert_eq!(
            (&*mounts[1].kind, &*mounts[1].source),
            (OsStr::new("btrfs"), OsStr::new("/dev/sdb1"))
        );
        assert_eq!(mounts[2].device, rustix::fs::makedev(8, 2));
        assert_eq!(
            (&*mounts[2].kind, &*mounts[2].source),
            (OsStr::new("vfat"), OsStr::new("/dev/sda2"))
        );
        assert_eq!(mounts[3].options, "rw,lowerdir=/l,upperdir=/u,workdir=/w");
    }

    #[test]
    fn a_path_lies_on_the_innermost_mount() {
        let mounts = parse(TABLE);
        let at = |path: &str| holding(&mounts, Path::new(path)).map(|mount| mount.point.display().to_string());
        assert_eq!(at("/mnt/a b/boot/grub").unwrap(), "/mnt/a b/boot");
        assert_eq!(at("/mnt/a b/boots").unwrap(), "/mnt/a b");
        assert_eq!(at("/mnt/a").unwrap(), "/");
    }

    #[test]
    fn what_a_file_system_without_a_block_device_lies_on() {
        let of = |kind: &str, source: &str| {
            let mount = Mount {
                device: 30,
                point: PathBuf::from("/m"),
                kind: kind.into(),
                source: source.into(),
                options: "rw,upperdir=/does/not/exist".into(),
            };
            let disks = disks(30, Path::new("/m/x"), Some(&[mount]));
            (disks.found.is_empty(), disks.is_open)
        };
        assert_eq!(of("tmpfs", "tmpfs"), (true, false));
        assert_eq!(of("overlay", "overlay"), (true, false));
        // A pool may have any disk.
        assert_eq!(of("zfs", "tank/root"), (true, true));
        assert_eq!(of("btrfs", "/dev/root/of/old"), (true, true));
        assert!(disks(30, Path::new("/m"), None).is_open);
    }
}
