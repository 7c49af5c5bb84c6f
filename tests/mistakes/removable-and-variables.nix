let
  pkgs = import ./packages.nix;
in
builtins.mkSystemInstaller {
  name = "macbook";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  boot = {
    kernel = "${pkgs.linux}/bzImage";
    loader.efi.canTouchEfiVariables = true;
    loader.grub = {
      device = "nodev";
      efiSupport = true;
      efiInstallAsRemovable = true;
      package = pkgs.grub2;
    };
  };
}
