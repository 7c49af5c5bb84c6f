//! `files.<path>`.

use crate::section::section;
use crate::text::{Contents, Owner, Source};
use step::{Mode, OnChange};

section! {
    /// A regular file.
    File, "an attribute set with `text` or `source`";

    /// The contents themselves; either this or `source`.
    text: Contents = "text" [optional] example "\"hello\\n\"";

    /// A regular file with the contents: a path, a derivation or a string with a store path.
    source: Source = "source" [optional] example "./motd";

    /// Permissions: three or four octal digits in a string.
    mode: Mode = "mode" [default "\"0644\""] example "\"0600\"";

    /// Owner: a user of the plan or a decimal uid.
    user: Owner = "user" [default "\"root\""] example "\"www\"";

    /// Owning group: a group of the plan or a decimal gid.
    group: Owner = "group" [default "\"root\""] example "\"www\"";

    /// What happens to a person's change: `keep` or `replace`.
    on_change: OnChange = "onChange" [default "\"keep\""] example "\"replace\"";
}
