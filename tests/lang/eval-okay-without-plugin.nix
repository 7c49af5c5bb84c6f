# `lib.nix` gives the same derivation without the plugin.
let
  plan = {
    name = "hello";
    system = "x86_64-linux";
    init.command = [ "/sbin/init" ];
    files."/etc/lib.nix".source = ./lib.nix;
    users.alice = { };
  };
  foreign = {
    buildSystem = "aarch64-linux";
    buildRuntime = builtins.storePath "/nix/store/00000000000000000000000000000000-system-installer-build-0.0.1";
    runtime = /nix/store/11111111111111111111111111111111-system-installer-runtime-0.0.1;
  };
  # The path value is the store path that it names, not what a copy of it would be.
  runtime = (builtins.mkSystemInstaller (plan // { inherit (foreign) runtime; })).runtime;
  same =
    plan:
    let
      installer = builtins.mkSystemInstaller plan;
      plain = builtins.mkSystemInstaller (removeAttrs plan (builtins.attrNames foreign));
      programs = {
        inherit (plain) runtime;
        build = dirOf (dirOf plain.builder);
      };
    in
    installer.drvPath == (import ../../nix-plugin/lib.nix programs plan).drvPath;
in
[
  (same plan)
  (same (plan // foreign))
  (same (plan // builtins.mapAttrs (_: _: null) foreign))
  (runtime == builtins.storePath foreign.runtime)
  (builtins.attrNames (builtins.getContext runtime))
]
