//! `nix`: whether the system has Nix, and knows what is in its store.

use crate::section::section;
use crate::text::StorePath;

section! {
    /// Nix on the target.
    Nix, "an attribute set with `enable` and `package`";

    /// Whether `pre-init` loads `/nix-path-registration` into the database of Nix, so that Nix knows the paths that the
    /// system came with.
    enable: bool = "enable" [default "false"] example "true";

    /// Nix itself, with `bin/nix-store`; it comes into the closure of the system.
    package: StorePath = "package" [optional] example "pkgs.nix";
}
