# systemd-gpt-auto-generator mounts it.
{
  networking.hostName = "a";
  boot.initrd.systemd.enable = true;
  boot.loader.systemd-boot.enable = true;
  fileSystems."/" = {
    label = "root";
    fsType = "btrfs";
  };
}
