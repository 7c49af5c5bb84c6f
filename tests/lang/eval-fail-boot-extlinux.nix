# A menu that U-Boot could not follow.
let
  package = derivation { name = "package"; system = "x86_64-linux"; builder = "/bin/false"; };
in
(builtins.mkSystemInstaller {
  name = "bad";
  system = "aarch64-linux";
  init.command = [ "/sbin/init" ];
  boot = {
    kernel = "${package}/Image";
    deviceTree = { inherit package; name = "../vendor/board.dtb"; };
    loader.generic-extlinux-compatible = {
      mirroredBoots = [
        { path = "/boot"; }
        { path = "/boot"; devices = [ "/dev/vda" ]; }
        { }
      ];
      populateCmd = "true";
    };
  };
}).drvPath
