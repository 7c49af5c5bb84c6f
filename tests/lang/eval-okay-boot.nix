# A boot loader's defaults; its packages, the kernel and the initial RAM disks are inputs of the derivation.
let
  package =
    name:
    derivation {
      inherit name;
      system = "x86_64-linux";
      builder = "/bin/false";
    };
  installer = builtins.mkSystemInstaller {
    name = "hello";
    system = "x86_64-linux";
    init.command = [ "/sbin/init" ];
    boot = {
      kernel = "${package "linux"}/bzImage";
      initrd = [
        "${package "microcode"}/initrd"
        (package "initrd")
      ];
      kernelParams = [ "quiet" ''dyndbg="file a.c +p"'' ];
      loader.timeout = null;
      loader.grub = {
        device = "/dev/sda";
        package = package "grub";
      };
    };
  };
  inherit (installer.plan) boot;
  inputs = string: map baseNameOf (builtins.attrNames (builtins.getContext string));
  names = map (name: builtins.substring 33 (-1) name);
in
{
  json = names (inputs installer.drvAttrs.plan);
  kernel = names (inputs boot.kernel);
  initrd = map (initrd: names (inputs initrd)) boot.initrd;
  package = map (package: names (inputs package)) boot.loader.grub.package;
  inherit (boot) kernelParams label;
  loader = boot.loader // {
    grub = removeAttrs boot.loader.grub [ "package" ];
  };
}
