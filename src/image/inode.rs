//! What the inodes of ext4 and EROFS have in common: the types of files in a mode, and numbers in little-endian order.

use prefix::owners::Node;

/// The bits of a mode that are the type of the file.
pub(super) const FILE_TYPE: u16 = 0o170_000;
/// Those of a directory.
pub(super) const DIRECTORY: u16 = 0o040_000;

/// The bits of a mode for the type of this file, and the name of the type.
pub(super) fn file_type(node: &Node) -> (u16, &'static str) {
    match node {
        Node::File => (0o100_000, "regular file"),
        Node::Directory => (DIRECTORY, "directory"),
        Node::Symlink(_) => (0o120_000, "symbolic link"),
        Node::Fifo => (0o010_000, "FIFO"),
        Node::BlockDevice(..) => (0o060_000, "block device"),
        Node::CharacterDevice(..) => (0o020_000, "character device"),
    }
}

/// The number at byte `at`, which is there.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// The number at byte `at`, which is there.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}
