# What is in LUKS, in btrfs and on disks with a master boot record or without partitions is mounted too; options of NixOS's
# own do not take those of the disk away, and swap that is to be encrypted is.
{
  networking.hostName = "nested";
  boot.loader.grub.device = "/dev/sda";
  system.installer.disks = {
    a.device = "/dev/sda";
    a.content = {
      type = "msdos";
      partitions.boot = {
        size = "1G";
        bootable = true;
        content = {
          type = "filesystem";
          format = "ext4";
          mountpoint = "/boot";
        };
      };
      # The fourth of five is the first logical one.
      partitions.p2.size = "1M";
      partitions.p3.size = "1M";
      partitions.swap = {
        size = "2G";
        content = {
          type = "swap";
          randomEncryption = true;
          priority = 7;
        };
      };
      partitions.root = {
        size = "100%";
        content = {
          type = "luks";
          name = "crypt";
          content = {
            type = "btrfs";
            subvolumes."/root" = {
              mountpoint = "/";
              mountOptions = [
                "compress=zstd"
                "noatime"
              ];
            };
            subvolumes."/swap" = {
              mountpoint = "/.swap";
              swap.file.size = "1G";
            };
          };
        };
      };
    };
    b.device = "/dev/nvme0n1";
    b.content = {
      type = "filesystem";
      format = "xfs";
      mountpoint = "/data";
    };
    "c/d".device = "/dev/sdc";
    "c/d".content = {
      type = "gpt";
      partitions."with space".content = {
        type = "filesystem";
        format = "ext4";
        mountpoint = "/space";
      };
      partitions."with space".size = "1G";
      partitions.a-name-that-is-longer-than-a-gpt-has = {
        size = "1G";
        content = {
          type = "filesystem";
          format = "ext4";
          mountpoint = "/long";
        };
      };
      partitions.id = {
        size = "100%";
        uuid = "2B9C1C2E-0A5E-4B4D-9C4E-0F4B7A0D4C11";
        content = {
          type = "filesystem";
          format = "ext4";
          mountpoint = "/id";
        };
      };
    };
  };
  fileSystems."/long".label = "long";
}
