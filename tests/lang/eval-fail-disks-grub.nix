# GRUB on a partition, and before a file system that it cannot read; two partitions of one name.
let
  package = derivation { name = "package"; system = "x86_64-linux"; builder = "/bin/false"; };
in
(builtins.mkSystemInstaller {
  name = "disks";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  disks.main = {
    device = "/dev/disk/by-id/a";
    content = {
      type = "gpt";
      partitions = {
        core = {
          size = "1M";
          type = "EF02";
          label = "system";
        };
        system = {
          size = "100%";
          label = "system";
          content = {
            type = "luks";
            name = "crypted";
            content = {
              type = "filesystem";
              format = "ext4";
              mountpoint = "/";
            };
          };
        };
      };
    };
  };
  boot = {
    kernel = "${package}/bzImage";
    loader.grub = {
      devices = [ "/dev/disk/by-id/a" "/dev/disk/by-id/b-part1" ];
      inherit package;
    };
  };
}).drvPath
