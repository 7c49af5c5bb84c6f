//! `files.<path>`: a regular file's contents, mode and owners.

use crate::section::section;
use crate::text::{Contents, Owner, Source};
use step::{Mode, OnChange};

section! {
    /// A regular file.
    File, "an attribute set with `text` or `source`";

    /// The contents. Either this or `source` is given.
    text: Contents = "text" [optional] example "\"hello\\n\"";

    /// The contents as a regular file: a path, a derivation or a string with a store path.
    source: Source = "source" [optional] example "./motd";

    /// Permissions: three or four octal digits in a string.
    mode: Mode = "mode" [default "\"0644\""] example "\"0600\"";

    /// Owner: a user of the plan or a decimal uid.
    user: Owner = "user" [default "\"root\""] example "\"www\"";

    /// Owning group: a group of the plan or a decimal gid.
    group: Owner = "group" [default "\"root\""] example "\"www\"";

    /// Whether a person's change of the file is kept (`keep`) or undone (`replace`).
    on_change: OnChange = "onChange" [default "\"keep\""] example "\"replace\"";
}
