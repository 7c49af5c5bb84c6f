//! Goes over all inodes of an ext4 file system: writes owners, modes and times, and the checksums of the inodes.

use std::collections::HashMap;

use super::Error;
use super::format::{FileSystem, ROOT, checksum};
use crate::inode::{DIRECTORY, FILE_TYPE, file_type, u16_at, u32_at};
use prefix::owners::{Entry, Manifest, Node};

/// How much of a table is in memory at a time, in bytes: a multiple of every block and inode.
const CHUNK: u64 = 1 << 20;

/// Gives each inode `time` for every time, and root as its owner. What `owners` names gets the owner and mode from there.
pub(super) fn run(file_system: &mut FileSystem, owners: &Manifest, time: u32) -> Result<(), Error> {
    let named = find(file_system, owners)?;
    let seed = file_system.checksum_seed();
    let size = file_system.inode_size();
    let block_size = usize::try_from(file_system.block_size()).unwrap_or(4096);
    for group in file_system.groups()? {
        let table = group.table * file_system.block_size();
        let length = group.count * size as u64;
        let mut start = 0;
        while start < length {
            let chunk = CHUNK.min(length - start);
            let mut bytes = file_system.read(table + start, usize::try_from(chunk).unwrap_or_default())?;
            let first = group.first + u32::try_from(start / size as u64).unwrap_or_default();
            let mut numbers = first..;
            for (index, block) in bytes.chunks_mut(block_size).enumerate() {
                let mut is_changed = false;
                for (inode, number) in block.chunks_exact_mut(size).zip(&mut numbers) {
                    // An inode that was never used.
                    if u16_at(inode, 0x00) == 0 {
                        continue;
                    }
                    give(inode, named.get(&number).copied(), number == ROOT, time);
                    if let Some(seed) = seed {
                        seal(inode, seed, number);
                    }
                    is_changed = true;
                }
                // A block without inodes in use is not written: it stays a hole.
                if is_changed {
                    file_system.write(table + start + (index * block_size) as u64, block)?;
                }
            }
            start += chunk;
        }
    }
    Ok(())
}

/// The inodes of what the manifest names.
fn find<'a>(file_system: &FileSystem, owners: &'a Manifest) -> Result<HashMap<u32, &'a Entry>, Error> {
    let groups = file_system.groups()?;
    let mut named = HashMap::new();
    // The directory of the last entry: a manifest is sorted, so the next entry mostly lies in the same one.
    let mut last = (String::new(), file_system.inode(&groups, ROOT)?);
    for (path, entry) in owners {
        let (mode, what) = file_type(&entry.node);
        let missing = || Error::NoSuchFile {
            path: path.clone(),
            what,
        };
        let number = match path.rsplit_once('/') {
            Some(("", "")) => ROOT,
            Some((folder, name)) => {
                if folder != last.0 {
                    let mut inode = file_system.inode(&groups, ROOT)?;
                    for component in folder.split('/').filter(|component| !component.is_empty()) {
                        if u16_at(&inode, 0) & FILE_TYPE != DIRECTORY {
                            return Err(missing());
                        }
                        let found = file_system.look_up(&inode, component.as_bytes())?;
                        inode = file_system.inode(&groups, found.ok_or_else(missing)?)?;
                    }
                    last = (folder.to_owned(), inode);
                }
                if u16_at(&last.1, 0) & FILE_TYPE != DIRECTORY {
                    return Err(missing());
                }
                file_system.look_up(&last.1, name.as_bytes())?.ok_or_else(missing)?
            }
            None => return Err(missing()),
        };
        if u16_at(&file_system.inode(&groups, number)?, 0) & FILE_TYPE != mode {
            return Err(missing());
        }
        named.insert(number, entry);
    }
    Ok(named)
}

/// Writes owner, mode and times.
fn give(inode: &mut [u8], entry: Option<&Entry>, is_root: bool, time: u32) {
    let (uid, gid) = entry.map_or((0, 0), |entry| (entry.uid, entry.gid));
    for (id, low, high) in [(uid, 0x02, 0x78), (gid, 0x18, 0x7A)] {
        let bytes = id.to_le_bytes();
        inode[low..low + 2].copy_from_slice(&bytes[..2]);
        inode[high..high + 2].copy_from_slice(&bytes[2..]);
    }
    let mode = match entry {
        // A link has no permissions.
        Some(entry) if !matches!(entry.node, Node::Symlink(_)) => Some(entry.mode),
        // Some releases of mkfs.ext4 give the root the mode of the tree's own folder, others do not.
        _ => is_root.then_some(0o755),
    };
    if let Some(mode) = mode {
        let mode = u16_at(inode, 0) & FILE_TYPE | (mode & 0o7777) as u16;
        inode[..2].copy_from_slice(&mode.to_le_bytes());
    }
    let time = time.to_le_bytes();
    for at in [0x08, 0x0C, 0x10] {
        inode[at..at + 4].copy_from_slice(&time);
    }
    // The nanoseconds of the times, and the time of creation, as far as this inode has fields for them.
    let end = 0x80 + extra(inode);
    for (at, value) in [
        (0x84, [0; 4]),
        (0x88, [0; 4]),
        (0x8C, [0; 4]),
        (0x90, time),
        (0x94, [0; 4]),
    ] {
        if at + 4 <= end {
            inode[at..at + 4].copy_from_slice(&value);
        }
    }
}

/// Writes the checksum over the inode: over its number and generation first.
fn seal(inode: &mut [u8], seed: u32, number: u32) {
    const LOW: usize = 0x7C;
    const HIGH: usize = 0x82;
    let has_high = HIGH + 2 <= 0x80 + extra(inode);
    inode[LOW..LOW + 2].fill(0);
    if has_high {
        inode[HIGH..HIGH + 2].fill(0);
    }
    let seed = checksum(seed, &number.to_le_bytes());
    let seed = checksum(seed, &u32_at(inode, 0x64).to_le_bytes());
    let sum = checksum(seed, inode).to_le_bytes();
    inode[LOW..LOW + 2].copy_from_slice(&sum[..2]);
    if has_high {
        inode[HIGH..HIGH + 2].copy_from_slice(&sum[2..]);
    }
}

/// How many bytes behind the first 128 are fields of the inode.
fn extra(inode: &[u8]) -> usize {
    if inode.len() <= 128 {
        return 0;
    }
    usize::from(u16_at(inode, 0x80)).min(inode.len() - 128)
}
