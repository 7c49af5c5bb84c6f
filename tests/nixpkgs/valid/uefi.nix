# Its VM has no EFI system partition.
{
  networking.hostName = "a";
  boot.loader.systemd-boot.enable = true;
  boot.loader.efi.canTouchEfiVariables = true;
  fileSystems."/".label = "root";
  fileSystems."/boot" = {
    label = "ESP";
    fsType = "vfat";
  };
}
