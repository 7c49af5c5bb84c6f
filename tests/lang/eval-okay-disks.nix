# disko's `devices.disk` is `disks` as it is: file systems, swap, GRUB's device, names and order follow from it.
let
  # Shaped as disko's example for BIOS and UEFI.
  disko.devices.disk.main = {
    type = "disk";
    device = "/dev/disk/by-id/ata-disk";
    content = {
      type = "gpt";
      partitions = {
        boot = {
          size = "1M";
          type = "EF02";
        };
        ESP = {
          size = "512M";
          type = "EF00";
          content = {
            type = "filesystem";
            format = "vfat";
            mountpoint = "/boot";
            mountOptions = [ "umask=0077" ];
          };
        };
        swap = {
          size = "1G";
          content = {
            type = "swap";
            resumeDevice = true;
          };
        };
        root = {
          size = "100%";
          content = {
            type = "filesystem";
            format = "ext4";
            mountpoint = "/";
          };
        };
      };
    };
  };
  grub = derivation {
    name = "grub";
    system = "x86_64-linux";
    builder = "/bin/false";
  };
  machine = {
    name = "disks";
    system = "x86_64-linux";
    init.command = [ "/sbin/init" ];
    disks = disko.devices.disk;
    fileSystems."/".noCheck = true;
    image.mkfs.ext4 = grub;
    boot = {
      kernel = "${grub}/kernel";
      loader.grub.package = grub;
    };
  };
  inherit (builtins.mkSystemInstaller machine) plan drvPath;
  partitions = plan.disks.main.content.partitions;
in
{
  fstab = plan.files."/etc/fstab".text;
  priorities = builtins.mapAttrs (_: partition: partition.priority) partitions;
  labels = builtins.mapAttrs (_: partition: partition.label) partitions;
  ends = builtins.mapAttrs (_: partition: partition.end) partitions;
  devices = plan.boot.loader.grub.devices;
  image = removeAttrs plan.image [ "mkfs" ];
  # What only an image is made of does not change the system.
  same = drvPath == (builtins.mkSystemInstaller (machine // { image.size = "20G"; })).drvPath;
  problems = builtins.checkSystemInstaller machine;
}
