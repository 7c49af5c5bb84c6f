//! `symlinks.<path>`: a target, or a set with more.

use super::section::section;
use super::step::OnChange;
use super::text::Target;

section! {
    /// A symbolic link.
    Symlink, "a target or an attribute set with `target`" or just "target";

    /// What the link says; it is never resolved.
    target: Target = "target" [required] example "\"usr/bin\"";

    /// What happens to a person's change: `keep` or `replace`.
    on_change: OnChange = "onChange" [default "\"keep\""] example "\"replace\"";
}
