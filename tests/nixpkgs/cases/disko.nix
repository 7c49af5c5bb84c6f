# disko's disks, as it evaluates them.
{
  networking.hostName = "disko";
  boot.loader.grub.device = "/dev/disk/by-id/ata-DISK_1";
  disko.devices.disk.main = {
    device = "/dev/disk/by-id/ata-DISK_1";
    content = {
      type = "gpt";
      partitions.bios = {
        size = "1M";
        type = "EF02";
      };
      partitions.root = {
        size = "100%";
        content = {
          type = "filesystem";
          format = "ext4";
          mountpoint = "/";
          extraArgs = [
            "-L"
            "root"
          ];
        };
      };
    };
  };
  disko.devices.disk.data = {
    device = "/dev/disk/by-id/ata-DISK_2";
    imageSize = "8G";
    content = {
      type = "gpt";
      partitions.data = {
        size = "100%";
        content = {
          type = "filesystem";
          format = "xfs";
          mountpoint = "/data";
          mountOptions = [ "noatime" ];
        };
      };
    };
  };
  system.installer.image.freeSpace = "1G";
}
