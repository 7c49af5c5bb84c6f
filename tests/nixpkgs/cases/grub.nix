# Scripts in stage 1, GRUB for BIOS, and file systems of many kinds.
{
  networking.hostName = "web";
  boot.kernelParams = [
    "console=ttyS0,115200"
    "loglevel=4"
  ];
  boot.loader.timeout = null;
  boot.loader.grub.device = "/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001";
  boot.loader.grub.extraConfig = "serial --unit=0 --speed=115200";
  boot.loader.grub.configurationLimit = 20;
  boot.loader.grub.useOSProber = true;
  fileSystems."/" = {
    device = "/dev/disk/by-uuid/c8f7a1b2-3d4e-4f50-8a6b-7c8d9e0f1a2b";
    fsType = "ext4";
    autoResize = true;
  };
  fileSystems."/home".label = "home";
  fileSystems."/tmp".fsType = "tmpfs";
  fileSystems."/var/lib/secrets" = {
    device = "/dev/disk/by-label/secrets";
    fsType = "xfs";
    neededForBoot = true;
  };
  fileSystems."/srv/www" = {
    device = "/home/www";
    fsType = "none";
    options = [ "bind" ];
  };
  # Under another name than its mount point, and one that is not wanted.
  fileSystems.data = {
    mountPoint = "/data";
    device = "nas:/export/data";
    fsType = "nfs4";
    options = [
      "noauto"
      "_netdev"
    ];
  };
  fileSystems."/old" = {
    enable = false;
    device = "/dev/disk/by-label/old";
  };
  system.installer.bootLoader.enable = true;
}
