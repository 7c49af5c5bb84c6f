# File systems that hide what the plan makes, that come too late, or that are not where the boot loader looks.
let
  package = derivation { name = "package"; system = "x86_64-linux"; builder = "/bin/false"; };
  data = {
    device = "server:/data";
    fsType = "nfs";
  };
in
(builtins.mkSystemInstaller {
  name = "mounts";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  files."/srv/data/motd".text = "hello\n";
  directories."/usr/local/bin" = { };
  fileSystems = {
    "/boot" = {
      label = "EFI-SYSTEM-PARTITION";
      fsType = "vfat";
    };
    "/home".fsType = "ext4";
    "/nix" = {
      device = "LABEL=nix";
      neededForBoot = false;
    };
    "/srv/data" = data;
    "/usr" = {
      device = "LABEL=usr";
      options = [ "ro" ];
    };
  };
  boot = {
    kernel = "${package}/bzImage";
    kernelParams = [ "root=LABEL=a" "root=LABEL=b" ];
    loader.systemd-boot = { inherit package; };
    loader.efi.efiSysMountPoint = "/efi";
  };
}).drvPath
