# The sources of the crate, and its version: without the documentation and the tests, whose changes build nothing anew.
let
  root = toString ../.;
  kept = [
    "/Cargo.toml"
    "/Cargo.lock"
    "/build.rs"
    "/nix-plugin/lib.nix"
  ];
  folders = [
    "/src"
    "/cpp"
    # Cargo.toml names what is in it, and cargo builds nothing where that is not there.
    "/benches"
  ];
  startsWith = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
  any = test: builtins.foldl' (found: one: found || test one) false;
in
{
  version = (builtins.fromTOML (builtins.readFile ../Cargo.toml)).package.version;

  src = builtins.path {
    name = "nix-system-installer-source";
    path = ../.;
    filter =
      path: _:
      let
        below = builtins.substring (builtins.stringLength root) (-1) (toString path);
      in
      builtins.elem below kept
      || below == "/nix-plugin"
      || any (folder: below == folder || startsWith "${folder}/" below) folders;
  };
}
