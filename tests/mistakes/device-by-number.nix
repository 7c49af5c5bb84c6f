builtins.mkSystemInstaller {
  name = "desktop";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  fileSystems."/" = {
    device = "/dev/nvme0n1p2";
    fsType = "ext4";
  };
}
