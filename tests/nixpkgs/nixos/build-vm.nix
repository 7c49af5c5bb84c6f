# What `nixos-rebuild build-vm` and `build-vm-with-bootloader` build.
{ lib, extendModules, ... }:

let
  inherit (lib) mkOption;
  vm = extendModules { modules = [ ./qemu-vm.nix ]; };
  vmWithBootLoader = vm.extendModules {
    modules = [
      (
        { config, ... }:
        {
          virtualisation.useBootLoader = true;
          virtualisation.useEFIBoot =
            config.boot.loader.systemd-boot.enable || config.boot.loader.efi.canTouchEfiVariables;
        }
      )
    ];
  };
in
{
  options.virtualisation.vmVariant = mkOption {
    inherit (vm) type;
    default = { };
  };
  options.virtualisation.vmVariantWithBootLoader = mkOption {
    inherit (vmWithBootLoader) type;
    default = { };
  };
}
