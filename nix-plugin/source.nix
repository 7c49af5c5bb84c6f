# The sources of the crates, and their version: without the documentation and the tests, whose changes build nothing anew.
let
  root = toString ../.;
  kept = [
    "/Cargo.toml"
    "/Cargo.lock"
    "/nix-plugin/lib.nix"
    # Cargo reads the manifests of all members before it builds one.
    "/tests/Cargo.toml"
    "/tests/main.rs"
  ];
  folders = [
    "/src"
    "/cpp"
    # Manifests name what is in them, and cargo builds nothing where that is not there.
    "/benches"
    "/fuzz/src"
    "/fuzz/fuzz_targets"
  ];
  startsWith = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
  any = test: builtins.foldl' (found: one: found || test one) false;
in
{
  version = (builtins.fromTOML (builtins.readFile ../Cargo.toml)).workspace.package.version;

  src = builtins.path {
    name = "nix-system-installer-source";
    path = ../.;
    filter =
      path: _:
      let
        below = builtins.substring (builtins.stringLength root) (-1) (toString path);
      in
      builtins.elem below kept
      || builtins.elem below [
        "/nix-plugin"
        "/tests"
        "/fuzz"
        "/fuzz/Cargo.toml"
      ]
      || any (folder: below == folder || startsWith "${folder}/" below) folders;
  };
}
