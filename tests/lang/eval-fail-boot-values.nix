# What neither the kernel nor a boot loader would take.
let
  package = derivation { name = "package"; system = "x86_64-linux"; builder = "/bin/false"; };
in
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  boot = {
    kernel = "/boot/vmlinuz";
    initrd = [ "${package}/initrd" "/boot/initrd.img" ];
    kernelParams = [
      "root=LABEL=root"
      "quiet splash"
      "init=/bin/sh"
      "two\nlines"
      "name=\"open"
      ""
    ];
    label = "two\nlines";
    loader = {
      timeout = -1;
      grub = {
        device = "sda";
        efiSupport = "true";
        configurationLimit = 0;
        extraConfig = "echo \r";
        package = "/usr";
      };
      efi = { efiSysMountPoint = "/"; canTouchEfiVariable = true; };
    };
  };
}).drvPath
