{
  networking.hostName = "a";
  boot.loader.grub.device = "/dev/sda";
  fileSystems."/" = {
    device = "server:/root";
    fsType = "nfs4";
  };
}
