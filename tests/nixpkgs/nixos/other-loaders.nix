# The boot loaders of 26.05 that no plan has. That of one comes of enabling it; what is not one takes the place of one.
{
  config,
  lib,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.boot.loader;
  enable = mkOption {
    type = types.bool;
    default = false;
  };
  installs = name: {
    system.build.installBootLoader = derivation {
      name = "install-${name}";
      system = config.nixpkgs.buildPlatform;
      builder = "/bin/false";
    };
  };
in
{
  options.boot.loader = {
    generationsDir = { inherit enable; };
    generic-extlinux-compatible = {
      inherit enable;
      configurationLimit = mkOption {
        type = types.int;
        default = 20;
      };
      useGenerationDeviceTree = mkOption {
        type = types.bool;
        default = true;
      };
      mirroredBoots = mkOption {
        type = types.listOf (types.attrsOf types.anything);
        default = [ { path = "/boot"; } ];
      };
    };
    initScript = { inherit enable; };
    limine = { inherit enable; };
    refind = { inherit enable; };
  };
  options.system.boot.loader.id = mkOption {
    type = types.str;
    default = "";
  };

  # limine alone turns GRUB off; of the others the user does.
  config = lib.mkMerge [
    (lib.mkIf cfg.generationsDir.enable (installs "generations-dir"))
    (lib.mkIf cfg.generic-extlinux-compatible.enable (installs "extlinux"))
    (lib.mkIf cfg.initScript.enable (installs "init-script"))
    (lib.mkIf cfg.refind.enable (installs "refind"))
    (lib.mkIf cfg.limine.enable (installs "limine"))
    (lib.mkIf cfg.limine.enable {
      boot.loader.grub.enable = lib.mkDefault false;
      boot.loader.supportsInitrdSecrets = true;
    })
  ];
}
