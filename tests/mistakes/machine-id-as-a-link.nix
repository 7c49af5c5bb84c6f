builtins.mkSystemInstaller {
  name = "laptop";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  symlinks."/etc/machine-id" = "/nix/persist/etc/machine-id";
}
