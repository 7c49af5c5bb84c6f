# A file system that follows from a disk is complained about where the disk says it.
(builtins.mkSystemInstaller {
  name = "disks";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  files."/srv/data/motd".text = "hello";
  disks.main = {
    device = "/dev/disk/by-id/a";
    content = {
      type = "gpt";
      partitions = {
        root = {
          size = "100%";
          content = {
            type = "filesystem";
            format = "ext4";
            mountpoint = "/";
          };
        };
        data = {
          size = "100%";
          content = {
            type = "filesystem";
            format = "ext4";
            mountpoint = "/srv/data";
          };
        };
        esp = {
          size = "1GiB";
          type = "EF00";
          content.type = "swap";
        };
        nothing.content.type = "file system";
      };
    };
  };
  boot = {
    kernel = ./eval-fail-disks.nix;
    loader.grub = {
      device = "/dev/disk/by-id/a";
      package = derivation {
        name = "grub";
        system = "x86_64-linux";
        builder = "/bin/false";
      };
    };
  };
}).drvPath
