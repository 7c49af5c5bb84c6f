//! `symlinks.<path>`: a target, or a set with more.

use crate::section::section;
use crate::text::Target;
use step::OnChange;

section! {
    /// A symbolic link.
    Symlink, "a target or an attribute set with `target`" or just "target";

    /// What the link says; it is never resolved.
    target: Target = "target" [required] example "\"usr/bin\"";

    /// What happens to a person's change: `keep` or `replace`.
    on_change: OnChange = "onChange" [default "\"keep\""] example "\"replace\"";
}
