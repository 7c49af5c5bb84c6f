# As google-compute-config.nix and its like.
{
  networking.hostName = "";
  boot.loader.timeout = 0;
  boot.loader.grub.device = "/dev/sda";
  boot.loader.grub.configurationLimit = 0;
  fileSystems."/" = {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
    autoResize = true;
  };
}
