{
  networking.hostName = "a";
  boot.loader.grub.device = "/dev/sda";
  fileSystems."/" = {
    label = "root";
    fsType = "f2fs";
  };
}
