# A NixOS configuration of the modules in this folder, as `nixosSystem` and `nixos/lib/eval-config.nix` give one: options of the
# same names, types, defaults and meanings as NixOS's own, those of the boot, its file systems and the toplevel.
{
  modules,
  lib ? import ../lib,
  # Whether disko's module is there.
  disko ? false,
}:

lib.evalModules {
  modules = [
    ./boot.nix
    ./file-systems.nix
    ./loader.nix
    ./toplevel.nix
  ]
  ++ (if disko then [ ./disko.nix ] else [ ])
  ++ modules;
}
