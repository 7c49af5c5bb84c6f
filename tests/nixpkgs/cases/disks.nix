# Disks of the installer's own, without disko: the file systems of NixOS follow from them, and its own options go before.
{ pkgs, ... }:

{
  networking.hostName = "disks";
  boot.loader.grub.device = "/dev/disk/by-id/ata-DISK_1";
  system.installer.disks.main = {
    device = "/dev/disk/by-id/ata-DISK_1";
    content = {
      type = "gpt";
      partitions.bios = {
        size = "1M";
        type = "EF02";
      };
      partitions.swap = {
        size = "2G";
        content.type = "swap";
      };
      partitions.data = {
        size = "1G";
        label = "the-data";
        content = {
          type = "filesystem";
          format = "xfs";
          mountpoint = "/data";
          mountOptions = [ "noatime" ];
        };
      };
      partitions.root = {
        size = "100%";
        content = {
          type = "filesystem";
          format = "ext4";
          mountpoint = "/";
        };
      };
    };
  };
  fileSystems."/data".options = [ "ro" ];
  system.installer.image = {
    format = "qcow2";
    size = "20G";
    mkfs.ext4 = pkgs.e2fsprogs;
  };
}
