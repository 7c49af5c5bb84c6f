//! `users.<name>` and `groups.<name>`.

use crate::number::Id;
use crate::section::section;
use crate::text::{AccountName, Description, HashedPassword, Home, PasswordFile, Shell};

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
