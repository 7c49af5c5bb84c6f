let
  pkgs = import ./packages.nix;
in
builtins.mkSystemInstaller {
  name = "laptop";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  boot = {
    kernel = "${pkgs.linux}/bzImage";
    kernelParams = [
      "quiet"
      "acpi_osi=!Windows 2020"
    ];
    loader.systemd-boot.package = pkgs.systemd;
  };
}
