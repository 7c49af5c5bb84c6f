# As WSL's: another system starts it, and mounts what there is.
{
  networking.hostName = "a";
  boot.loader.grub.enable = false;
  boot.initrd.enable = false;
  boot.kernel.enable = false;
}
