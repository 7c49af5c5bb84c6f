# As on a board with U-Boot, and sd-image.nix.
{
  networking.hostName = "a";
  boot.loader.grub.enable = false;
  boot.loader.generic-extlinux-compatible.enable = true;
  fileSystems."/".label = "NIXOS_SD";
  fileSystems."/boot/firmware" = {
    label = "FIRMWARE";
    fsType = "vfat";
    options = [
      "nofail"
      "noauto"
    ];
  };
}
