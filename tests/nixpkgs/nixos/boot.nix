# The kernel and the initial RAM disk: with scripts in stage 1, or systemd.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  option =
    type: default:
    mkOption {
      inherit type default;
    };
  list = option (types.listOf types.str) [ ];
  settings = option (types.attrsOf types.unspecified) { };
  systemd = config.boot.initrd.systemd;
in
{
  options = {
    boot.isContainer = option types.bool false;
    boot.kernel.enable = option types.bool (!config.boot.isContainer);
    boot.kernelPackages = option types.raw { kernel = pkgs.linux; };
    boot.kernelParams = list;
    boot.postBootCommands = option types.lines "";
    system.boot.loader.kernelFile = option types.str "bzImage";
    system.boot.loader.initrdFile = option types.str "initrd";
    boot.initrd.enable = option types.bool (!config.boot.isContainer);
    # What is added to the initial RAM disk when the boot loader is installed, by a boot loader that does that.
    boot.initrd.secrets = option (types.attrsOf (types.nullOr types.path)) { };
    boot.loader.supportsInitrdSecrets = option types.bool false;
    boot.initrd.systemd = {
      enable = option types.bool false;
      storePaths = option (types.listOf (types.either types.nonEmptyStr types.package)) [ ];
      services = mkOption {
        default = { };
        type = types.attrsOf (
          types.submodule {
            options = {
              description = option types.str "";
              requires = list;
              wantedBy = list;
              requiredBy = list;
              before = list;
              after = list;
              conflicts = list;
              unitConfig = settings;
              serviceConfig = settings;
              script = option types.lines "";
            };
          }
        );
      };
    };
  };

  config = lib.mkIf config.boot.initrd.enable {
    system.build.initialRamdisk = derivation {
      name = "initrd-linux";
      system = config.nixpkgs.buildPlatform;
      builder = "/bin/false";
      # All that is in it.
      secrets = builtins.toJSON (
        if config.boot.loader.supportsInitrdSecrets then { } else config.boot.initrd.secrets
      );
      contents = builtins.toJSON (
        if systemd.enable then
          {
            inherit (systemd) storePaths;
            scripts = lib.mapAttrs (_: service: service.script) systemd.services;
          }
        else
          { }
      );
    };
  };
}
