# Boot loaders that contradict each other, themselves or the system's machines.
let
  package = derivation { name = "package"; system = "aarch64-linux"; builder = "/bin/false"; };
in
(builtins.mkSystemInstaller {
  name = "contradictions";
  system = "aarch64-linux";
  init.command = [ "/sbin/init" ];
  boot = {
    kernel = "${package}/Image";
    loader.grub = {
      device = "nodev";
      devices = [ "/dev/sda" "/dev/sda" ];
      efiInstallAsRemovable = true;
      inherit package;
    };
    loader.systemd-boot = { inherit package; };
    loader.efi = {
      efiSysMountPoint = [ "/boot" "/boot" ];
      canTouchEfiVariables = true;
    };
  };
}).drvPath
