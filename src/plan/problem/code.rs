//! The codes of problems, one for each kind of mistake. People search for a code, so that its number is never given to
//! another kind, even when its own is gone.

use super::Code;

/// Declares each code once, and the table of all of them.
macro_rules! codes {
    ($(#[doc = $doc:literal] $name:ident = $number:literal;)+) => {
        $(#[doc = $doc] pub const $name: Code = Code($number);)+

        /// Every code with what it stands for.
        pub const ALL: &[(Code, &str)] = &[$((Code($number), $doc)),+];
    };
}

codes! {
    // Any value.

    /// The value is of another type than the attribute takes.
    WRONG_TYPE = 1;
    /// No attribute has this name.
    UNKNOWN_ATTRIBUTE = 2;
    /// A required attribute is missing.
    MISSING_ATTRIBUTE = 3;
    /// A value that no plan can hold: a function, a value that contains itself, sets nested too deep.
    UNUSABLE_VALUE = 4;
    /// A string that is not UTF-8.
    NOT_UTF8 = 5;
    /// A string with a NUL byte.
    NUL_BYTE = 6;
    /// A path value where a string is wanted: Nix would copy the file into the store.
    PATH_VALUE = 7;
    /// `null` for an entry that is not among the defaults: there is nothing to remove.
    NOTHING_TO_REMOVE = 8;
    /// A word that is none of those the attribute takes.
    UNKNOWN_WORD = 9;
    /// A number that is too small or too large.
    OUT_OF_RANGE = 10;

    // The plan itself.

    /// `name` is not the name of a store path.
    BAD_NAME = 20;
    /// `system` or `buildSystem` is not a system.
    BAD_SYSTEM = 21;
    /// `hostName` is not a host name.
    BAD_HOST_NAME = 22;
    /// A string that is not a store path, where one is needed.
    NOT_A_STORE_PATH = 23;
    /// The plan is built on another system than it is for, and names no runtime for its own.
    RUNTIME_MISSING = 24;
    /// `machineId` is neither an id nor one of its words.
    BAD_MACHINE_ID = 25;
    /// A store path in a string without context: the build would not see what is there.
    NO_CONTEXT = 26;
    /// The `plan.json` of an output: it lacks what a build needs.
    BUILT_PLAN = 27;

    // The tree of files.

    /// Not an absolute path in its shortest form.
    BAD_PATH = 40;
    /// A path that belongs to Nix, the kernel or this program.
    RESERVED_PATH = 41;
    /// A path that another section of the plan writes.
    PATH_OF_ANOTHER_SECTION = 42;
    /// One path in two sections.
    PATH_TWICE = 43;
    /// A file or link where another entry needs a directory.
    NOT_A_DIRECTORY = 44;
    /// The plan removes a directory that another entry lies in.
    REMOVED_DIRECTORY = 45;
    /// Not a mode of three or four octal digits.
    BAD_MODE = 46;
    /// A file with both `text` and `source`, or neither.
    TEXT_OR_SOURCE = 47;
    /// Not the target of a link.
    BAD_TARGET = 48;
    /// An owner that is neither a name nor a number.
    BAD_OWNER = 49;

    // Users and groups.

    /// Not the name of a user or group.
    BAD_ACCOUNT_NAME = 60;
    /// A character that would break a line of passwd(5) or shadow(5).
    BAD_ACCOUNT_FIELD = 61;
    /// Not a user or group id.
    BAD_ID = 62;
    /// Two users with one uid.
    UID_TWICE = 63;
    /// Two groups with one gid.
    GID_TWICE = 64;
    /// A group that does not exist.
    NO_SUCH_GROUP = 65;
    /// A user that does not exist.
    NO_SUCH_USER = 66;
    /// Not a hashed password.
    BAD_HASH = 67;
    /// `root` with another id than 0.
    ROOT_ID = 68;
    /// The hash of a password where every user can read it.
    READABLE_HASH = 69;
    /// The hash of a password that is cut off, or of a kind that is weak or unknown.
    WEAK_HASH = 70;

    // Commands.

    /// A command without words.
    EMPTY_COMMAND = 80;
    /// A command whose first word is not an absolute path.
    BAD_COMMAND = 81;
    /// Not the name of an environment variable.
    BAD_VARIABLE = 82;

    // Booting.

    /// Not a parameter of the kernel, or one that the boot loader adds.
    BAD_KERNEL_PARAMETER = 100;
    /// A kernel's command line that is longer than the kernel takes.
    LONG_COMMAND_LINE = 101;
    /// Not a line that a menu can show.
    BAD_LABEL = 102;
    /// No boot loader, or several.
    ONE_LOADER = 103;
    /// A boot loader that does not exist for the plan's system.
    NO_SUCH_LOADER = 104;
    /// Not a device.
    BAD_DEVICE = 105;
    /// Both `device` and `devices`, or neither.
    DEVICE_OR_DEVICES = 106;
    /// A device named twice.
    DEVICE_TWICE = 107;
    /// GRUB for neither BIOS nor UEFI.
    GRUB_FOR_NOTHING = 108;
    /// An EFI system partition cannot be mounted there.
    BAD_MOUNT_POINT = 109;
    /// A mount point named twice.
    MOUNT_POINT_TWICE = 110;
    /// A removable installation together with the firmware's variables, or without UEFI.
    REMOVABLE = 111;
    /// Not lines of grub.cfg.
    BAD_GRUB_COMMANDS = 112;
    /// `root=` named twice in the kernel's parameters.
    ROOT_TWICE = 113;
    /// GRUB for BIOS on a partition, where it wants a disk.
    GRUB_ON_PARTITION = 114;
    /// Not the path of a device tree within its package.
    BAD_DEVICE_TREE = 115;

    // File systems.

    /// Not a field of fstab(5).
    BAD_MOUNT = 120;
    /// A file system that names no device, and needs one.
    NO_DEVICE = 121;
    /// The plan has file systems, and none for `/`.
    NO_ROOT = 122;
    /// A file system that `init` needs is mounted too late.
    NEEDED_FOR_BOOT = 123;
    /// A path that cannot be seen: a file system is mounted over it later.
    HIDDEN_PATH = 124;
    /// A path on a file system that nobody can write to.
    READ_ONLY_PATH = 125;
    /// No file system, or none that firmware reads, where the boot loader looks for the EFI system partition.
    NO_ESP = 126;
    /// A label that is longer than the file system or the partition table can hold.
    LONG_LABEL = 127;
    /// A device has a name that another one may have at the next start.
    UNSTABLE_DEVICE = 128;

    // Disks.

    /// Not a size, or not a place on a disk.
    BAD_SIZE = 140;
    /// Not the type of a partition.
    BAD_PARTITION_TYPE = 141;
    /// Not a UUID.
    BAD_UUID = 142;
    /// Not what a disk, a partition or a volume can be called.
    BAD_DISK_NAME = 143;
    /// Shell commands that disko runs, and this program does not.
    HOOK_NOT_RUN = 144;
    /// A partition with neither a size nor an end.
    NO_SIZE = 145;
    /// A partition with both a size and an end: the size is ignored.
    TWO_SIZES = 146;
    /// The disk has no room left for a partition.
    NO_ROOM = 147;
    /// Two partitions overlap.
    PARTITIONS_OVERLAP = 148;
    /// A partition does not start at a multiple of 1 MiB.
    UNALIGNED = 149;
    /// An image that is too small for its partitions.
    DISK_TOO_SMALL = 150;
    /// A partition that reaches further than a master boot record can count.
    MSDOS_LIMIT = 151;
    /// Two partitions, volumes or file systems have the same name.
    NAME_TWICE = 152;
    /// The type of a partition does not fit what is on it.
    TYPE_AGAINST_CONTENT = 153;
    /// No room for GRUB where BIOS would start it.
    NO_BIOS_PARTITION = 154;
    /// GRUB cannot read what it boots from.
    UNREADABLE_BY_GRUB = 155;
    /// An EFI system partition that is too small.
    SMALL_ESP = 156;
    /// A kernel parameter `root=` that names another file system than `/` has.
    OTHER_ROOT = 157;
    /// Swap that the system does not use.
    UNUSED_SWAP = 158;
    /// Something that no image can have yet.
    NOT_IN_IMAGES = 159;
    /// The store lies on a file system that is empty at every start.
    NO_STORE = 160;
    /// A partition is tiny: probably its size lacks a unit.
    TINY_PARTITION = 161;

    // Nix.

    /// Nix without its package.
    NO_NIX = 190;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_stands_for_two_kinds() {
        assert!(
            ALL.is_sorted_by(|a, b| a.0 < b.0),
            "a number is there twice, or out of order"
        );
    }
}
