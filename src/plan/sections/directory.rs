//! `directories.<path>`: a directory's mode and owners.

use crate::section::section;
use crate::text::Owner;
use step::Mode;

section! {
    /// A directory.
    Directory, "an attribute set with `mode`, `user` and `group`";

    /// Permissions: three or four octal digits in a string.
    mode: Mode = "mode" [default "\"0755\""] example "\"0700\"";

    /// Owner: a user of the plan or a decimal uid.
    user: Owner = "user" [default "\"root\""] example "\"www\"";

    /// Owning group: a group of the plan or a decimal gid.
    group: Owner = "group" [default "\"root\""] example "\"www\"";
}
