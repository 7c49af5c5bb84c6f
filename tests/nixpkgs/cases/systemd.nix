# systemd in stage 1, systemd-boot, pre-init in the initial RAM disk: the menu starts the toplevel.
{
  networking.hostName = "desk";
  boot.initrd.systemd.enable = true;
  boot.loader.systemd-boot = {
    enable = true;
    editor = false;
    configurationLimit = 10;
  };
  boot.loader.efi.efiSysMountPoint = "/efi";
  fileSystems."/" = {
    device = "/dev/disk/by-partlabel/root";
    fsType = "ext4";
  };
  fileSystems."/efi" = {
    device = "/dev/disk/by-partlabel/ESP";
    fsType = "vfat";
    options = [ "umask=0077" ];
  };
  system.installer = {
    bootLoader.enable = true;
    initrd.enable = true;
  };
}
