//! Writes owners and modes into a finished EROFS: mkfs.erofs can give everything to one user only.
//!
//! Inodes have neither copies nor checksums, so they can be changed where they lie. Source: the kernel's
//! `fs/erofs/erofs_fs.h`.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::Error;
use crate::inode::{DIRECTORY, FILE_TYPE, file_type, u16_at, u32_at};
use prefix::owners::{Entry, Manifest, Node};
use tree::FileError;

const SUPERBLOCK: u64 = 1024;
const MAGIC: u32 = 0xE0F5_E1E2;
/// In the compatible features: the first block has a checksum.
const HAS_CHECKSUM: u32 = 1;
/// A directory that lies in blocks of its own, and one whose last part lies behind its inode.
const PLAIN: u16 = 0;
const INLINE: u16 = 2;
const ROOT_MODE: u16 = 0o755;

/// Gives each file that `owners` names its owner and mode. The root directory gets a fixed mode: that of the tree's own folder
/// differs between builds.
pub(super) fn give(path: &Path, owners: &Manifest) -> Result<(), Error> {
    let image = Image::open(path)?;
    let mut root = image.inode(image.root)?;
    root.set_mode(ROOT_MODE);
    image.write(&root)?;
    for (name, entry) in owners {
        let mut inode = image.find(name, file_type(&entry.node))?;
        if !matches!(entry.node, Node::Symlink(_)) {
            inode.set_mode((entry.mode & 0o7777) as u16);
        }
        inode.set_owner(entry).ok_or_else(|| Error::LargeId {
            path: name.clone(),
            uid: entry.uid,
            gid: entry.gid,
        })?;
        image.write(&inode)?;
    }
    image.seal()
}

struct Image<'a> {
    path: &'a Path,
    file: File,
    block_size: u64,
    /// Where numbers of inodes count from, in bytes.
    inodes: u64,
    /// The number of the root's inode.
    root: u64,
    has_checksum: bool,
}

/// An inode, and at which byte of the image it lies.
struct Inode {
    at: u64,
    bytes: Vec<u8>,
}

impl<'a> Image<'a> {
    fn open(path: &'a Path) -> Result<Self, Error> {
        let file = File::options()
            .read(true)
            .write(true)
            .open(path)
            .map_err(FileError::at("open", path))?;
        let mut superblock = [0; 128];
        file.read_exact_at(&mut superblock, SUPERBLOCK)
            .map_err(FileError::at("read", path))?;
        let log_block_size = u32::from(superblock[12]);
        if u32_at(&superblock, 0) != MAGIC || !(9..=16).contains(&log_block_size) {
            return Err(damaged(path, "its superblock is missing"));
        }
        let block_size = 1_u64 << log_block_size;
        Ok(Self {
            path,
            file,
            block_size,
            inodes: u64::from(u32_at(&superblock, 40)) * block_size,
            root: u16_at(&superblock, 14).into(),
            has_checksum: u32_at(&superblock, 8) & HAS_CHECKSUM != 0,
        })
    }

    fn read(&self, at: u64, length: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        self.file
            .read_exact_at(&mut bytes, at)
            .map_err(FileError::at("read", self.path))?;
        Ok(bytes)
    }

    fn inode(&self, number: u64) -> Result<Inode, Error> {
        // An inode has 32 or 64 bytes; its number counts in steps of 32.
        let at = self.inodes.saturating_add(number.saturating_mul(32));
        let mut bytes = self.read(at, 32)?;
        if u16_at(&bytes, 0) & 1 != 0 {
            bytes = self.read(at, 64)?;
        }
        Ok(Inode { at, bytes })
    }

    fn write(&self, inode: &Inode) -> Result<(), Error> {
        self.file
            .write_all_at(&inode.bytes, inode.at)
            .map_err(FileError::at("write", self.path))?;
        Ok(())
    }

    /// The inode of what lies at `path`, if it is of that kind.
    fn find(&self, path: &str, (mode, what): (u16, &'static str)) -> Result<Inode, Error> {
        let missing = || Error::NoSuchFile {
            path: path.to_owned(),
            what,
        };
        let mut inode = self.inode(self.root)?;
        for component in path.split('/').filter(|component| !component.is_empty()) {
            if inode.file_type() != DIRECTORY {
                return Err(missing());
            }
            let found = self.look_up(&inode, component.as_bytes())?;
            inode = self.inode(found.ok_or_else(missing)?)?;
        }
        if inode.file_type() == mode {
            Ok(inode)
        } else {
            Err(missing())
        }
    }

    /// The number of the inode of `name` in a directory.
    fn look_up(&self, directory: &Inode, name: &[u8]) -> Result<Option<u64>, Error> {
        let size = directory.size();
        let layout = u16_at(&directory.bytes, 0) >> 1 & 7;
        if ![PLAIN, INLINE].contains(&layout) {
            return Err(damaged(
                self.path,
                "a directory is stored in a way that this program does not know",
            ));
        }
        let start = u64::from(u32_at(&directory.bytes, 16)) * self.block_size;
        let mut at = 0;
        while at < size {
            let length = self.block_size.min(size - at);
            let is_last = at + length == size;
            let from = if layout == INLINE && is_last {
                directory.end()
            } else {
                start + at
            };
            let block = self.read(from, length)?;
            if let Some(found) = in_block(&block, name) {
                return Ok(Some(found));
            }
            at += length;
        }
        Ok(None)
    }

    /// Writes the checksum, from the superblock as far as its block goes.
    fn seal(&self) -> Result<(), Error> {
        if !self.has_checksum {
            return Ok(());
        }
        let mut bytes = self.read(SUPERBLOCK, self.block_size.saturating_sub(SUPERBLOCK))?;
        bytes[4..8].fill(0);
        // EROFS leaves out the inversion at the end of CRC-32C.
        let sum = !crc32c::crc32c(&bytes);
        let written = self.file.write_all_at(&sum.to_le_bytes(), SUPERBLOCK + 4);
        Ok(written.map_err(FileError::at("write", self.path))?)
    }
}

impl Inode {
    fn is_large(&self) -> bool {
        self.bytes.len() > 32
    }

    fn file_type(&self) -> u16 {
        u16_at(&self.bytes, 4) & FILE_TYPE
    }

    fn size(&self) -> u64 {
        let high = if self.is_large() { u32_at(&self.bytes, 12) } else { 0 };
        u64::from(u32_at(&self.bytes, 8)) | u64::from(high) << 32
    }

    /// Where what follows it begins, behind its extended attributes.
    fn end(&self) -> u64 {
        let attributes = match u64::from(u16_at(&self.bytes, 2)) {
            0 => 0,
            count => 12 + 4 * (count - 1),
        };
        self.at + self.bytes.len() as u64 + attributes
    }

    fn set_mode(&mut self, mode: u16) {
        let mode = self.file_type() | mode;
        self.bytes[4..6].copy_from_slice(&mode.to_le_bytes());
    }

    /// `None` where an inode of this size cannot hold such a number.
    fn set_owner(&mut self, entry: &Entry) -> Option<()> {
        if self.is_large() {
            self.bytes[24..28].copy_from_slice(&entry.uid.to_le_bytes());
            self.bytes[28..32].copy_from_slice(&entry.gid.to_le_bytes());
        } else {
            self.bytes[24..26].copy_from_slice(&u16::try_from(entry.uid).ok()?.to_le_bytes());
            self.bytes[26..28].copy_from_slice(&u16::try_from(entry.gid).ok()?.to_le_bytes());
        }
        Some(())
    }
}

/// The number of the inode of `name` in a block of a directory: entries, and behind them their names.
fn in_block(block: &[u8], name: &[u8]) -> Option<u64> {
    const ENTRY: usize = 12;
    let offset = |index: usize| {
        let entry = block.get(index * ENTRY..(index + 1) * ENTRY)?;
        Some(usize::from(u16_at(entry, 8)))
    };
    let count = offset(0)? / ENTRY;
    for index in 0..count {
        let start = offset(index)?;
        let end = if index + 1 < count {
            offset(index + 1)?
        } else {
            block.len()
        };
        let found = block.get(start..end)?;
        let length = found.iter().position(|byte| *byte == 0).unwrap_or(found.len());
        if found[..length] == *name {
            let at = index * ENTRY;
            return Some(u64::from(u32_at(block, at)) | u64::from(u32_at(block, at + 4)) << 32);
        }
    }
    None
}

fn damaged(path: &Path, what: &'static str) -> Error {
    FileError::at("read", path)(io::Error::new(io::ErrorKind::InvalidData, what)).into()
}
