//! Block devices and what they lie on, from sysfs: the disk of a partition, the members of LVM, RAID, dm-crypt, multipath and
//! bcache, the device or file behind a loop device. Read only.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{major, makedev, minor};

/// Identifies a disk whatever path names it. For a block device: its device number (`st_rdev`) and 0. For an image file: its
/// file system (`st_dev`) and inode.
pub type Identity = (u64, u64);

/// Where the kernel shows block devices by their numbers.
const DEVICES: &str = "/sys/dev/block";

/// The identity of the device or file that `meta` belongs to.
pub fn identity(meta: &fs::Metadata) -> Identity {
    if meta.file_type().is_block_device() {
        (meta.rdev(), 0)
    } else {
        (meta.dev(), meta.ino())
    }
}

/// The device number of the block device at `path`; `None` where there is none.
pub fn number(path: &Path) -> Option<u64> {
    let meta = fs::metadata(path).ok()?;
    meta.file_type().is_block_device().then(|| meta.rdev())
}

/// Whether sysfs is mounted and shows block devices.
pub fn is_known() -> bool {
    Path::new(DEVICES).is_dir()
}

/// The sysfs attribute `name` of the block device `number`; `None` where it cannot be read.
pub fn attribute(number: u64, name: &str) -> Option<String> {
    let text = fs::read_to_string(folder(number).join(name)).ok()?;
    Some(text.trim_end_matches('\n').to_owned())
}

/// The file or device behind the loop device `number`, if the loop device starts at its first byte (offset 0). `None` for another
/// offset, where it is no loop device, or where sysfs does not tell.
pub fn backing(number: u64) -> Option<Identity> {
    if attribute(number, "loop/offset")? != "0" {
        return None;
    }
    behind(number)
}

/// Everything that the block device `number` lies on, down to whole disks and image files; itself included.
pub fn beneath(number: u64) -> Vec<Identity> {
    let mut found = Vec::new();
    add(number, &mut found);
    found
}

fn add(number: u64, found: &mut Vec<Identity>) {
    if found.contains(&(number, 0)) {
        return;
    }
    found.push((number, 0));
    let disk = attribute(number, "partition").and_then(|_| attribute(number, "../dev"));
    if let Some(disk) = disk.and_then(|text| parse(&text)) {
        add(disk, found);
    }
    for member in members(&folder(number).join("slaves")) {
        add(member, found);
    }
    match behind(number) {
        Some((device, 0)) => add(device, found),
        Some(file) if !found.contains(&file) => found.push(file),
        _ => {}
    }
}

/// The block devices that lie directly on the disk `number` or on its partitions: their `holders` in sysfs.
pub fn holders(number: u64) -> Vec<u64> {
    let disk = folder(number);
    let mut found = members(&disk.join("holders"));
    for partition in fs::read_dir(disk).into_iter().flatten().flatten() {
        found.extend(members(&partition.path().join("holders")));
    }
    found
}

/// The numbers of the block devices that a folder of sysfs has links to.
pub fn members(folder: &Path) -> Vec<u64> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let text = fs::read_to_string(entry.path().join("dev")).unwrap_or_default();
        numbers.extend(parse(text.trim()));
    }
    numbers
}

/// The file or device behind the loop device `number`, whatever its offset.
fn behind(number: u64) -> Option<Identity> {
    let file = attribute(number, "loop/backing_file")?;
    Some(identity(&fs::metadata(file).ok()?))
}

fn folder(number: u64) -> PathBuf {
    Path::new(DEVICES).join(format!("{}:{}", major(number), minor(number)))
}

/// Parses a device number as the kernel writes it: `8:1`.
pub fn parse(text: &str) -> Option<u64> {
    let (major, minor) = text.split_once(':')?;
    Some(makedev(major.parse().ok()?, minor.parse().ok()?))
}
