# A boot loader for machines that it is not made for.
(builtins.mkSystemInstaller {
  name = "other-system";
  system = "powerpc64le-linux";
  init.command = [ "/sbin/init" ];
  boot.kernel = ./lib.nix;
  boot.loader.systemd-boot.package = ./lib.nix;
}).drvPath
