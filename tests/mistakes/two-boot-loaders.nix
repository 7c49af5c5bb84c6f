let
  pkgs = import ./packages.nix;
in
builtins.mkSystemInstaller {
  name = "desktop";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  boot = {
    kernel = "${pkgs.linux}/bzImage";
    loader.timeout = 10;
    loader.systemd-boot.package = pkgs.systemd;
    loader.grub = {
      device = "nodev";
      efiSupport = true;
      package = pkgs.grub2;
    };
  };
}
