# The plugin for every Nix of Nixpkgs, its programs, an overlay, the NixOS module and a shell to work on them.
{
  description = "One Nix expression gives a system that initialises itself and makes its disk boot: an evaluator plugin";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      eachSystem =
        give:
        lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (system: give nixpkgs.legacyPackages.${system});

      # What evaluates and names a derivation: `nixVersions` also has functions, and versions that were taken out.
      isPackage =
        value:
        let
          tried = builtins.tryEval (lib.isDerivation value && builtins.isString value.drvPath);
        in
        tried.success && tried.value;

      # The plugin for each Nix: `plugin-nix_2_31`, `plugin-latest`.
      pluginsOf =
        pkgs:
        lib.mapAttrs' (version: nix: {
          name = "plugin-${version}";
          value = pkgs.callPackage ./package.nix { inherit nix; };
        }) (lib.filterAttrs (_: isPackage) pkgs.nixVersions);
    in
    {
      packages = eachSystem (
        pkgs:
        pluginsOf pkgs
        // {
          default = pkgs.callPackage ./package.nix { };
          # The static programs alone, for a plan's `runtime`, `buildRuntime` and `image.builder`.
          runtime = pkgs.callPackage ./runtime.nix { };
          build = pkgs.callPackage ./runtime.nix { program = "system-installer-build"; };
          host = pkgs.callPackage ./runtime.nix { program = "system-installer"; };
        }
      );

      overlays.default = final: _: {
        nix-system-installer = final.callPackage ./package.nix { };
      };

      # By its path it is one module, however often it is imported.
      nixosModules.default = {
        imports = [ ./module.nix ];
      };

      # The plugin is loaded while it is built; the module makes an installer of a whole NixOS without it.
      checks = eachSystem (pkgs: {
        plugin = self.packages.${pkgs.stdenv.hostPlatform.system}.default;
        nixos =
          (lib.nixosSystem {
            modules = [
              self.nixosModules.default
              {
                nixpkgs.hostPlatform = pkgs.stdenv.hostPlatform.system;
                networking.hostName = "check";
                system.stateVersion = lib.trivial.release;
                fileSystems."/" = {
                  device = "/dev/disk/by-label/root";
                  fsType = "ext4";
                };
                boot.loader.grub.device = "/dev/vda";
                system.installer = {
                  plugin = false;
                  bootLoader.enable = true;
                };
              }
            ];
          }).config.system.build.installer;
      });

      # For work on the plugin with cargo; `tests/run` wants a Debian.
      devShells = eachSystem (pkgs: {
        default = pkgs.mkShell {
          inputsFrom = [ self.packages.${pkgs.stdenv.hostPlatform.system}.default ];
          packages = [
            pkgs.clippy
            pkgs.rustfmt
          ];
        };
      });
    };
}
