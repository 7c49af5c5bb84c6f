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
    buildRuntime = "/nix/store/00000000000000000000000000000000-system-installer-0.0.1";
    runtime = "/nix/store/11111111111111111111111111111111-system-installer-0.0.1";
  };
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
]
