# What is legal and probably not meant: every kind of warning, with its line.
let
  package = derivation { name = "package"; system = "x86_64-linux"; builder = "/bin/false"; };
  problems = builtins.checkSystemInstaller {
    name = "warned";
    system = "x86_64-linux";
    init.command = [ "/sbin/init" ];
    users.alice.hashedPassword = "$1$salt$hash";
    fileSystems = {
      "/" = {
        fsType = "tmpfs";
        label = "root";
      };
      "/data".device = "/dev/sdb1";
      "/srv" = {
        label = "data";
        fsType = "ext4";
      };
      "/srv/more" = {
        label = "data";
        fsType = "ext4";
      };
    };
    disks.main = {
      device = "/dev/disk/by-id/a";
      content = {
        type = "gpt";
        partitions = {
          ESP = {
            size = "64M";
            type = "EF00";
            content = {
              type = "filesystem";
              format = "vfat";
              mountpoint = "/boot";
              postCreateHook = "true";
            };
          };
          home = {
            start = "5000K";
            alignment = 0;
            size = "1G";
            end = "2G";
            priority = 2;
          };
          swap = {
            size = "8";
            content = {
              type = "swap";
              randomEncryption = true;
            };
            priority = 3;
          };
        };
      };
    };
    boot = {
      kernel = "${package}/bzImage";
      kernelParams = [ "root=LABEL=other" ];
      loader.systemd-boot = { inherit package; };
    };
  };
in
map ({ code, severity, path, message, line, ... }: "${toString line}: ${severity} ${code} ${path}: ${message}") problems
