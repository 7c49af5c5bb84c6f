# GRUB for BIOS and UEFI on two disks, each with an EFI system partition.
{
  networking.hostName = "mirrored";
  boot.loader.efi.canTouchEfiVariables = true;
  boot.loader.grub = {
    efiSupport = true;
    mirroredBoots = [
      {
        path = "/boot";
        efiSysMountPoint = "/boot/efi1";
        devices = [ "/dev/disk/by-id/ata-DISK_1" ];
      }
      {
        path = "/boot";
        efiSysMountPoint = "/boot/efi2";
        devices = [ "/dev/disk/by-id/ata-DISK_2" ];
      }
    ];
  };
  fileSystems."/".label = "root";
  fileSystems."/boot/efi1" = {
    label = "EFI1";
    fsType = "vfat";
  };
  fileSystems."/boot/efi2" = {
    label = "EFI2";
    fsType = "vfat";
  };
  system.installer.bootLoader.enable = true;
}
