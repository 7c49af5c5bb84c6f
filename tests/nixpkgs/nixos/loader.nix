# The boot loaders.
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
  cfg = config.boot.loader;
  script =
    name:
    derivation {
      inherit name;
      system = config.nixpkgs.buildPlatform;
      builder = "/bin/false";
    };
in
{
  options.boot.loader = {
    timeout = option (types.nullOr types.int) 5;

    efi.canTouchEfiVariables = option types.bool false;
    efi.efiSysMountPoint = option types.str "/boot";

    external.enable = option types.bool false;
    external.installHook = mkOption { type = types.path; };

    grub = {
      enable = option types.bool (!config.boot.isContainer);
      device = option types.str "";
      devices = option (types.listOf types.str) [ ];
      mirroredBoots = option (types.listOf (
        types.submodule {
          options = {
            path = mkOption { type = types.str; };
            efiSysMountPoint = option (types.nullOr types.str) null;
            efiBootloaderId = option (types.nullOr types.str) null;
            devices = option (types.listOf types.str) [ ];
          };
        }
      )) [ ];
      efiSupport = option types.bool false;
      efiInstallAsRemovable = option types.bool false;
      configurationLimit = option types.int 100;
      extraConfig = option types.lines "";
      extraEntries = option types.lines "";
      extraFiles = option (types.attrsOf types.path) { };
      useOSProber = option types.bool false;
      extraGrubInstallArgs = option (types.listOf types.str) [ ];
      default = mkOption {
        default = "0";
        type = types.either types.int types.str;
        apply = toString;
      };
    };

    systemd-boot = {
      enable = option types.bool false;
      editor = option types.bool true;
      configurationLimit = option (types.nullOr types.int) null;
      consoleMode = option (types.enum [ "0" "1" "2" "5" "auto" "max" "keep" ]) "keep";
      extraEntries = option (types.attrsOf types.lines) { };
      memtest86.enable = option types.bool false;
      installDeviceTree = option types.bool false;
    };
  };

  config = lib.mkMerge [
    (lib.mkIf cfg.external.enable {
      boot.loader.grub.enable = lib.mkDefault false;
      system.build.installBootLoader = cfg.external.installHook;
    })

    (lib.mkIf cfg.systemd-boot.enable {
      boot.loader.grub.enable = lib.mkDefault false;
      system.build.installBootLoader = script "install-systemd-boot.sh";
    })

    (lib.mkIf cfg.grub.enable {
      boot.loader.grub.devices = lib.optional (cfg.grub.device != "") cfg.grub.device;
      boot.loader.grub.mirroredBoots = lib.optionals (cfg.grub.devices != [ ]) [
        {
          path = "/boot";
          inherit (cfg.grub) devices;
          inherit (cfg.efi) efiSysMountPoint;
        }
      ];
      system.build.installBootLoader = script "install-grub.sh";
      assertions = [
        {
          assertion = cfg.grub.mirroredBoots != [ ];
          message = "You must set the option ‘boot.loader.grub.devices’ or 'boot.loader.grub.mirroredBoots' to make the system bootable.";
        }
      ];
    })
  ];
}
