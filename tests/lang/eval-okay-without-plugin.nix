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
    buildRuntime = builtins.storePath "/nix/store/00000000000000000000000000000000-system-installer-0.0.1";
    runtime = /nix/store/11111111111111111111111111111111-system-installer-0.0.1;
  };
  # The path value is the store path that it names, not what a copy of it would be.
  builder = (builtins.mkSystemInstaller (plan // { inherit (foreign) runtime; })).builder;
  same =
    plan:
    let
      installer = builtins.mkSystemInstaller plan;
      runtime = dirOf (dirOf (builtins.mkSystemInstaller (removeAttrs plan (builtins.attrNames foreign))).builder);
    in
    installer.drvPath == (import ../../nix-plugin/lib.nix { inherit runtime; } plan).drvPath;
in
[
  (same plan)
  (same (plan // foreign))
  (same (plan // builtins.mapAttrs (_: _: null) foreign))
  (builder == "${builtins.storePath foreign.runtime}/bin/system-installer")
  (builtins.attrNames (builtins.getContext builder))
]
