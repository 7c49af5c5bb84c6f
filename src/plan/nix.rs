//! `nix`: whether the system has Nix, and knows what is in its store.

use super::section::section;
use super::text::StorePath;

/// Where the registration of a store that came without a database lies: NixOS's and Nixpkgs' place for it. It is in the format
/// of `nix-store --load-db`.
pub const REGISTRATION: &str = "/nix-path-registration";

section! {
    /// Nix on the target.
    Nix, "an attribute set with `enable` and `package`";

    /// Whether `pre-init` loads `/nix-path-registration` into the database of Nix, so that Nix knows the paths that the
    /// system came with.
    enable: bool = "enable" [default "false"] example "true";

    /// Nix itself, with `bin/nix-store`; it comes into the closure of the system.
    package: StorePath = "package" [optional] example "pkgs.nix";
}
