//! `users.<name>` and `groups.<name>`.

use crate::section::section;
use crate::text::{AccountName, Description, HashedPassword, Home, PasswordFile, Shell};

/// A user or group id, from 0 to 4294967294.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(pub u32);

impl Id {
    /// Whether an account can have this id. System calls with ids of 16 and 32 bits take 65535 and 4294967295 for -1
    /// (systemd's `uid_is_valid`).
    pub fn is_usable(id: u32) -> bool {
        !matches!(id, 65_535 | u32::MAX)
    }
}

section! {
    /// A user.
    User, "an attribute set that describes a user";

    /// The numeric id. Without one, the first run takes a free id, and keeps it from then on.
    uid: Id = "uid" [optional] example "1000";

    /// The primary group.
    group: AccountName = "group" [default "the user's own name; a group of that name comes with the user"]
        example "\"users\"";

    /// Further groups.
    extra_groups: Vec<AccountName> = "extraGroups" [default "[ ]"] example "[ \"wheel\" ]";

    /// The home directory.
    home: Home = "home" [default "\"/var/empty\""] example "\"/home/alice\"";

    /// The login shell.
    shell: Shell = "shell" [default "\"/sbin/nologin\""] example "\"${bash}/bin/bash\"";

    /// The GECOS field: usually a person's name.
    description: Description = "description" [default "\"\""] example "\"Alice\"";

    /// The password, hashed as crypt(5) says; `!` locks the account.
    hashed_password: HashedPassword = "hashedPassword" [default "\"!\""] example "\"$y$j9T$...\"";

    /// A file on the target with the hashed password on its first line. It goes before `hashedPassword`. Where the file
    /// does not exist, a new user gets `hashedPassword`, and a user who has a password keeps it.
    hashed_password_file: PasswordFile = "hashedPasswordFile" [optional] example "\"/var/lib/secrets/alice\"";
}

section! {
    /// A group.
    Group, "an attribute set with `gid` and `members`";

    /// The numeric id. Without one, the first run takes a free id, and keeps it from then on.
    gid: Id = "gid" [optional] example "100";

    /// The users in it. Those that name it in `extraGroups` are added.
    members: Vec<AccountName> = "members" [default "[ ]"] example "[ \"alice\" ]";
}
