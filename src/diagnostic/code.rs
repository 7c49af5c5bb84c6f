//! The codes of problems, each for one kind of mistake. A number is never given to another kind, even after its own is
//! gone: people search for it.

use super::Code;

// Any value.

/// The value is of another type than the attribute takes.
pub const WRONG_TYPE: Code = Code(1);
/// No attribute has this name.
pub const UNKNOWN_ATTRIBUTE: Code = Code(2);
/// A required attribute is missing.
pub const MISSING_ATTRIBUTE: Code = Code(3);
/// A value that no plan can hold: a function, a cycle, values too deep within each other.
pub const UNUSABLE_VALUE: Code = Code(4);
/// A string that is not UTF-8.
pub const NOT_UTF8: Code = Code(5);
/// A string with a NUL byte.
pub const NUL_BYTE: Code = Code(6);
/// A path value, which Nix would copy into the store, where a plain string is meant.
pub const PATH_VALUE: Code = Code(7);
/// `null` for an entry that is no default.
pub const NOTHING_TO_REMOVE: Code = Code(8);
/// A word that is none of those the attribute takes.
pub const UNKNOWN_WORD: Code = Code(9);

// The plan itself.

/// `name` is not the name of a store path.
pub const BAD_NAME: Code = Code(20);
/// `system` or `buildSystem` is not a system.
pub const BAD_SYSTEM: Code = Code(21);
/// `hostName` is not a host name.
pub const BAD_HOST_NAME: Code = Code(22);
/// A string that should be a store path is none.
pub const NOT_A_STORE_PATH: Code = Code(23);
/// Built on another system, without a runtime for the target.
pub const RUNTIME_MISSING: Code = Code(24);
/// `machineId` is neither an id nor one of its words.
pub const BAD_MACHINE_ID: Code = Code(25);

// The tree of files.

/// Not an absolute path in its shortest form.
pub const BAD_PATH: Code = Code(40);
/// A path that belongs to Nix, the kernel or this program.
pub const RESERVED_PATH: Code = Code(41);
/// A path that another section of the plan writes.
pub const PATH_OF_ANOTHER_SECTION: Code = Code(42);
/// One path in two sections.
pub const PATH_TWICE: Code = Code(43);
/// A file or link where another entry needs a directory.
pub const NOT_A_DIRECTORY: Code = Code(44);
/// A directory that the plan removes, and another entry needs.
pub const REMOVED_DIRECTORY: Code = Code(45);
/// Not a mode of three or four octal digits.
pub const BAD_MODE: Code = Code(46);
/// A file with both `text` and `source`, or neither.
pub const TEXT_OR_SOURCE: Code = Code(47);
/// Not the target of a link.
pub const BAD_TARGET: Code = Code(48);
/// An owner that is neither a name nor a number.
pub const BAD_OWNER: Code = Code(49);

// Users and groups.

/// Not the name of a user or group.
pub const BAD_ACCOUNT_NAME: Code = Code(60);
/// A character that would break a line of passwd(5) or shadow(5).
pub const BAD_ACCOUNT_FIELD: Code = Code(61);
/// Not a user or group id.
pub const BAD_ID: Code = Code(62);
/// Two users with one uid.
pub const UID_TWICE: Code = Code(63);
/// Two groups with one gid.
pub const GID_TWICE: Code = Code(64);
/// A group that does not exist.
pub const NO_SUCH_GROUP: Code = Code(65);
/// A user that does not exist.
pub const NO_SUCH_USER: Code = Code(66);
/// Not a hashed password.
pub const BAD_HASH: Code = Code(67);

// Commands.

/// A command without words.
pub const EMPTY_COMMAND: Code = Code(80);
/// A command whose first word is not an absolute path.
pub const BAD_COMMAND: Code = Code(81);
/// Not the name of an environment variable.
pub const BAD_VARIABLE: Code = Code(82);
