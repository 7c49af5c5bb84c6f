# What an image cannot have is told all at once, where it stands; the system itself may have it.
let
  installer = builtins.mkSystemInstaller {
    name = "image";
    system = "x86_64-linux";
    init.command = [ "/sbin/init" ];
    disks.main = {
      device = "/dev/disk/by-id/a";
      content = {
        type = "gpt";
        partitions = {
          data = {
            size = "1G";
            content = {
              type = "filesystem";
              format = "xfs";
              mountpoint = "/srv";
            };
          };
          root = {
            size = "100%";
            content = {
              type = "btrfs";
              mountpoint = "/";
            };
          };
        };
      };
    };
  };
in
builtins.seq installer.drvPath installer.image.drvPath
