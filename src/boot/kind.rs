//! Types of file systems: as fstab(5) names them, and as statfs(2) numbers them. No I/O.

/// ext2, ext3 and ext4.
pub const EXT4: u32 = 0xEF53;
/// XFS.
pub const XFS: u32 = 0x5846_5342;
/// btrfs.
pub const BTRFS: u32 = 0x9123_683E;
/// FAT.
pub const FAT: u32 = 0x4D44;
/// FUSE: what a FUSE server shows may be any of the others.
const FUSE: u32 = 0x6573_5546;

/// The types of file systems that boot loaders lie on, and those that are found where such a file system should be mounted.
/// Where a number has several names, the last is the usual one.
const KINDS: [(&str, u32); 17] = [
    ("msdos", FAT),
    ("vfat", FAT),
    ("ext2", EXT4),
    ("ext3", EXT4),
    ("ext4", EXT4),
    ("xfs", XFS),
    ("btrfs", BTRFS),
    ("f2fs", 0xF2F5_2010),
    ("bcachefs", 0xCA45_1A4E),
    ("zfs", 0x2FC1_2FC1),
    ("exfat", 0x2011_BAB0),
    ("iso9660", 0x9660),
    ("squashfs", 0x7371_7368),
    ("erofs", 0xE0F5_E1E2),
    ("ramfs", 0x8584_58F6),
    ("overlay", 0x794C_7630),
    ("tmpfs", 0x0102_1994),
];

/// Whether a file system with the number `found` may be of the type `wanted`. A `wanted` that is not in the table may be any.
pub fn may_be(found: u32, wanted: &str) -> bool {
    let number = KINDS.iter().find(|(name, _)| *name == wanted);
    found == FUSE || number.is_none_or(|(_, number)| *number == found)
}

/// The name of the file system type with the number `found`.
pub fn name(found: u32) -> String {
    let known = KINDS.iter().rfind(|(_, number)| *number == found);
    known.map_or_else(|| format!("type {found:#x}"), |(name, _)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_told_from_others_as_far_as_they_are_known() {
        assert!(may_be(0xEF53, "ext2") && may_be(0x4D44, "vfat") && may_be(FUSE, "vfat"));
        assert!(may_be(0xEF53, "auto") && may_be(0xEF53, "none") && may_be(0xEF53, "fuse.sshfs"));
        assert!(!may_be(0xEF53, "vfat") && !may_be(0x4D44, "ext4") && !may_be(1, "vfat"));
        assert_eq!(
            (name(0xEF53), name(0x4D44), name(1)),
            ("ext4".into(), "vfat".into(), "type 0x1".into())
        );
    }
}
