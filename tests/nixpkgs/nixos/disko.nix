# disko's options, as they come out of an evaluation: with what it fills in, and what it keeps for itself (`_create` and the
# like, some of which cannot be written as JSON).
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  option =
    type: default:
    mkOption {
      inherit type default;
    };
  internal = {
    _create = option types.unspecified "mkfs";
    _pkgs = option types.unspecified (pkgs: [ pkgs.e2fsprogs ]);
    _config = option types.unspecified [ ];
  };
  content =
    device:
    types.submodule {
      options = internal // {
        type = mkOption { type = types.str; };
        device = option types.str device;
        format = option (types.nullOr types.str) null;
        mountpoint = option (types.nullOr types.str) null;
        mountOptions = option (types.listOf types.str) [ "defaults" ];
        extraArgs = option (types.listOf types.str) [ ];
      };
    };
  partition =
    disk:
    types.submodule (
      { name, config, ... }:
      {
        options = internal // {
          name = option types.str name;
          label = option types.str "disk-${disk}-${name}";
          device = option types.str "/dev/disk/by-partlabel/${config.label}";
          uuid = option (types.nullOr types.str) null;
          type = option types.str "8300";
          size = option (types.either types.str types.int) "0";
          start = option types.str "0";
          end = option types.str (if config.size == "100%" then "-0" else "+${toString config.size}");
          priority = option types.int (if config.size == "100%" then 9001 else 1000);
          alignment = option types.int 0;
          attributes = option (types.listOf types.int) [ ];
          hybrid = option types.unspecified null;
          content = option (types.nullOr (content config.device)) null;
          _index = option types.int 1;
        };
      }
    );
  table =
    disk: device:
    types.submodule {
      options = internal // {
        type = mkOption { type = types.enum [ "gpt" ]; };
        device = option types.str device;
        efiGptPartitionFirst = option types.bool true;
        partitions = option (types.attrsOf (partition disk)) { };
      };
    };
in
{
  options.disko.enableConfig = option types.bool true;
  options.disko.devices.disk = option (types.attrsOf (
    types.submodule (
      { name, config, ... }:
      {
        options = internal // {
          name = option types.str name;
          type = option (types.enum [ "disk" ]) "disk";
          device = mkOption { type = types.str; };
          destroy = option types.bool true;
          imageName = option types.str config.name;
          imageSize = option types.str "2G";
          content = mkOption { type = table config.name config.device; };
        };
      }
    )
  )) { };

  config.fileSystems = lib.mkMerge (
    lib.mapAttrsToList (
      _: disk:
      lib.mkMerge (
        lib.mapAttrsToList (
          _: partition:
          lib.mkIf (partition.content.mountpoint or null != null) {
            ${partition.content.mountpoint} = {
              inherit (partition) device;
              fsType = partition.content.format;
              options = partition.content.mountOptions;
            };
          }
        ) disk.content.partitions
      )
    ) config.disko.devices.disk
  );
}
