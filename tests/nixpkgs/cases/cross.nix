# For another architecture than the one that builds it: with a runtime for each of the two.
{
  networking.hostName = "board";
  nixpkgs.buildPlatform = "x86_64-linux";
  nixpkgs.hostPlatform = "aarch64-linux";
  system.boot.loader.kernelFile = "Image";
  boot.initrd.systemd.enable = true;
  boot.loader.systemd-boot.enable = true;
  fileSystems."/".label = "root";
  fileSystems."/boot" = {
    label = "ESP";
    fsType = "vfat";
  };
  system.installer = {
    bootLoader.enable = true;
    initrd.enable = true;
  };
}
