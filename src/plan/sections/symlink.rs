//! `symlinks.<path>`: a link's target, alone or in a set with more.

use crate::section::section;
use crate::text::Target;
use step::OnChange;

section! {
    /// A symbolic link.
    Symlink, "a target or an attribute set with `target`" or just "target";

    /// The text of the link. Nothing resolves it.
    target: Target = "target" [required] example "\"usr/bin\"";

    /// Whether a person's change of the link is kept (`keep`) or undone (`replace`).
    on_change: OnChange = "onChange" [default "\"keep\""] example "\"replace\"";
}
