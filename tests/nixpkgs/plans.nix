# The plans that follow from a NixOS configuration, one value a line: what tests/packaging compares with cases/NAME.exp.
#
#   nix-instantiate --eval --json --strict --arg configuration ./cases/grub.nix plans.nix -A text
{
  configuration,
  lib ? import ./lib,
}:

let
  system = import ./nixos {
    inherit lib;
    # A case says so by asking for it.
    disko = (import configuration).disko or { } != { };
    modules = [
      ../../nix-plugin/module.nix
      configuration
      (
        {
          config,
          lib,
          options,
          pkgs,
          ...
        }:
        {
          system.build.plans = import ../../nix-plugin/nixos.nix {
            inherit
              config
              lib
              options
              pkgs
              ;
          };
        }
      )
    ];
  };
  inherit (system) config;
  inherit (config.system.build) plans;

  leaves =
    path: value:
    if builtins.isAttrs value && !(lib.isDerivation value) && value != { } then
      builtins.concatLists (lib.mapAttrsToList (name: leaves (path ++ [ name ])) value)
    else
      [ "${builtins.concatStringsSep " " path} = ${builtins.toJSON value}" ];
  usesBoot = config.system.installer.bootLoader.enable;
  usesInitrd = config.system.installer.initrd.enable;
in
{
  inherit config;

  text = builtins.concatStringsSep "\n" (
    leaves [ "installer" ] plans.installer
    ++ lib.optionals usesBoot (leaves [ "boot" ] plans.boot)
    ++ lib.optionals usesInitrd (leaves [ "initrd" ] plans.initrd)
    ++ lib.concatMap (swap: leaves [ "swap" swap.device ] (removeAttrs swap [ "device" ])) config.swapDevices
    ++ map (warning: "warning ${warning}") config.warnings
    ++ [ "toplevel ${config.system.build.toplevel}" ]
  );
}
