builtins.mkSystemInstaller {
  name = "server";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  fileSystems."/" = {
    label = "root";
    fsType = "btrfs";
  };
  fileSystems."/persist" = {
    label = "persist";
    fsType = "btrfs";
  };
  files."/persist/etc/ssh/sshd_config".text = "PermitRootLogin no\n";
}
