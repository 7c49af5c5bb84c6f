let
  pkgs = import ./packages.nix;
in
builtins.mkSystemInstaller {
  name = "laptop";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  fileSystems = {
    "/".label = "nixos";
    "/boot/efi" = {
      device = "/dev/disk/by-uuid/5AF8-3387";
      fsType = "vfat";
    };
  };
  boot = {
    kernel = "${pkgs.linux}/bzImage";
    loader.systemd-boot.package = pkgs.systemd;
  };
}
