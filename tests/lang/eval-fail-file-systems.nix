# What is no file system.
(builtins.mkSystemInstaller {
  name = "mounts";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  fileSystems = {
    "/" = {
      device = "";
      fsType = "ext4 ";
      options = "ro";
    };
    "/boot/".fstype = "vfat";
    "/old" = null;
    boot = { };
  };
}).drvPath
