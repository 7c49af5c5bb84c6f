# What a configuration adds to the plans: to those that it concerns.
{
  networking.hostName = "more";
  boot.initrd.systemd.enable = true;
  boot.loader.systemd-boot.enable = true;
  fileSystems."/".label = "root";
  fileSystems."/boot" = {
    label = "ESP";
    fsType = "vfat";
  };
  system.installer = {
    name = "machine-7";
    bootLoader.enable = true;
    initrd.enable = true;
    plan = {
      directories."/persist".mode = "0700";
      machineId = "uninitialized";
      hooks.preBoot = [ [ "/run/current-system/sw/bin/sign" ] ];
      boot.label = "Machine 7";
      boot.loader.timeout = 1;
    };
  };
}
