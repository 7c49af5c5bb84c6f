let
  pkgs = import ./packages.nix;
in
builtins.mkSystemInstaller {
  name = "server";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  boot = {
    kernel = "${pkgs.linux}/bzImage";
    loader.grub = {
      efiSupport = true;
      package = pkgs.grub2;
    };
  };
}
