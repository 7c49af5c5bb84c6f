# A board that U-Boot starts.
{
  networking.hostName = "board";
  boot.loader.grub.enable = false;
  boot.loader.generic-extlinux-compatible = {
    enable = true;
    configurationLimit = 5;
    mirroredBoots = [
      { path = "/boot"; }
      { path = "/boot-fallback"; }
    ];
  };
  fileSystems."/".label = "root";
  system.installer.bootLoader.enable = true;
}
