# As iso-image.nix and netboot.nix: nothing installs a boot loader, and the store is in an overlay.
{ lib, ... }:
{
  networking.hostName = "";
  boot.loader.grub.enable = false;
  boot.loader.timeout = 10;
  fileSystems = lib.mkOverride 60 {
    "/" = {
      fsType = "tmpfs";
      options = [ "mode=0755" ];
    };
    "/nix/.ro-store" = {
      fsType = "squashfs";
      device = "/nix-store.squashfs";
      options = [ "loop" ];
      neededForBoot = true;
    };
    "/nix/store" = {
      fsType = "overlay";
      device = "overlay";
      options = [ "lowerdir=/nix/.ro-store" ];
    };
  };
}
