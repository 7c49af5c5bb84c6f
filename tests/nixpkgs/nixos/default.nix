# A NixOS configuration of the modules in this folder, as `nixosSystem` and `nixos/lib/eval-config.nix` give one: options of the
# same names, types, defaults and meanings as NixOS's own, those of the boot, its file systems and the toplevel.
{
  modules,
  lib ? import ../lib,
  # Whether disko's module is there.
  disko ? false,
}:

let
  base = [
    ./boot.nix
    ./build-vm.nix
    ./file-systems.nix
    ./loader.nix
    ./other-loaders.nix
    ./specialisation.nix
    ./toplevel.nix
    # What a specialisation is that takes nothing of its system.
    { _module.args.noUserModules = lib.evalModules { modules = base; }; }
  ]
  ++ (if disko then [ ./disko.nix ] else [ ]);
in
lib.evalModules { modules = base ++ modules; }
