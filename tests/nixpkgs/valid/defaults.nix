# What a configuration says by `mkDefault` stays what it says.
{ lib, ... }:
{
  networking.hostName = "a";
  boot.loader.grub.device = "/dev/sda";
  fileSystems = lib.mkDefault { "/".label = "root"; };
  swapDevices = lib.mkDefault [ { device = "/swap"; } ];
}
