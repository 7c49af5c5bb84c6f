# GRUB reads ZFS by a package of its own; the pool is no device.
{
  networking.hostName = "a";
  boot.loader.grub.device = "/dev/sda";
  boot.loader.grub.zfsSupport = true;
  fileSystems."/" = {
    device = "rpool/root";
    fsType = "zfs";
    options = [ "zfsutil" ];
  };
}
