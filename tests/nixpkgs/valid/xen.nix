# As xen-domU.nix: a menu, and no GRUB.
{
  networking.hostName = "a";
  boot.loader.grub.device = "nodev";
  fileSystems."/".label = "root";
}
