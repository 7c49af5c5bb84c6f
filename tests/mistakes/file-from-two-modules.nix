let
  pkgs = import ./packages.nix;
  fwupd.symlinks."/etc/fwupd/uefi_capsule.conf" = "${pkgs.fwupd}/etc/fwupd/uefi_capsule.conf";
  secureBoot.files."/etc/fwupd/uefi_capsule.conf".text = "[uefi_capsule]\nDisableShimForSecureBoot=true\n";
in
builtins.mkSystemInstaller (
  {
    name = "laptop";
    system = "x86_64-linux";
    init.command = [ "/sbin/init" ];
  }
  // fwupd
  // secureBoot
)
