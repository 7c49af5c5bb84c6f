//! `nix`: whether the system has Nix, and whether Nix knows what is in the store.

use crate::section::section;
use crate::text::StorePath;

section! {
    /// Nix on the target.
    Nix, "an attribute set with `enable` and `package`";

    /// Whether `pre-init` loads `/nix-path-registration` into Nix's database. Nix then knows the store paths that the
    /// system came with.
    enable: bool = "enable" [default "false"] example "true";

    /// The package of Nix, with `bin/nix-store`. It comes into the closure of the system.
    package: StorePath = "package" [optional] example "pkgs.nix";
}
