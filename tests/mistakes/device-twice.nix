let
  pkgs = import ./packages.nix;
  disk = "/dev/disk/by-id/ata-SSD_1";
  disks = [ disk ];
in
builtins.mkSystemInstaller {
  name = "server";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  boot = {
    kernel = "${pkgs.linux}/bzImage";
    loader.grub = {
      devices = disks ++ [ disk ];
      package = pkgs.grub2;
    };
  };
}
