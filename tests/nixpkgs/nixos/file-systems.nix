# `fileSystems` and `swapDevices`.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  option =
    type: default:
    mkOption {
      inherit type default;
    };
  withoutDevice = [
    "proc"
    "sysfs"
    "tmpfs"
    "ramfs"
    "devtmpfs"
    "devpts"
  ];
  neededForBoot = [
    "/"
    "/nix"
    "/nix/store"
    "/var"
    "/var/log"
    "/var/lib"
    "/var/lib/nixos"
    "/etc"
    "/usr"
  ];
in
{
  options = {
    fileSystems = mkOption {
      default = { };
      apply = lib.filterAttrs (_: fs: fs.enable);
      type = types.attrsOf (
        types.submodule (
          { name, config, ... }:
          {
            options = {
              enable = option types.bool true;
              mountPoint = option types.nonEmptyStr name;
              device = option (types.nullOr types.nonEmptyStr) null;
              label = option (types.nullOr types.nonEmptyStr) null;
              fsType = option types.nonEmptyStr "auto";
              options = option (types.listOf types.nonEmptyStr) [ "defaults" ];
              depends = option (types.listOf types.nonEmptyStr) [ ];
              neededForBoot = option types.bool false;
              autoFormat = option types.bool false;
              autoResize = option types.bool false;
              noCheck = option types.bool false;
              formatOptions = option types.unspecified null;
            };
            config = {
              device = lib.mkMerge [
                (lib.mkIf (config.label != null) (lib.mkDefault "/dev/disk/by-label/${config.label}"))
                (lib.mkIf (lib.elem config.fsType withoutDevice) (lib.mkDefault config.fsType))
              ];
              options = lib.mkMerge [
                (lib.mkIf config.autoResize [ "x-systemd.growfs" ])
                (lib.mkIf (config.neededForBoot || lib.elem config.mountPoint neededForBoot) [ "x-initrd.mount" ])
              ];
            };
          }
        )
      );
    };

    swapDevices = mkOption {
      default = [ ];
      type = types.listOf (
        types.submodule {
          options = {
            device = mkOption { type = types.nonEmptyStr; };
            priority = option (types.nullOr types.int) null;
            randomEncryption = option types.bool false;
            discardPolicy = option (types.nullOr (types.enum [ "once" "pages" "both" ])) null;
            options = option (types.listOf types.nonEmptyStr) [ "defaults" ];
          };
        }
      );
    };
  };
}
