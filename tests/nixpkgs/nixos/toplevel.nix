# The toplevel, its assertions, and what a configuration says of the machine as a whole.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  option =
    type: default:
    mkOption {
      inherit type default;
    };
  failed = lib.filter (one: !one.assertion) config.assertions;
in
{
  options = {
    assertions = option (types.listOf types.unspecified) [ ];
    warnings = option (types.listOf types.str) [ ];
    nixpkgs.hostPlatform = option types.str "x86_64-linux";
    nixpkgs.buildPlatform = option types.str config.nixpkgs.hostPlatform;
    networking.hostName = option types.str "nixos";
    nix.enable = option types.bool true;
    nix.package = option types.package pkgs.nix;
    nix.settings =
      let
        atom = types.nullOr (types.oneOf [ types.bool types.int types.str types.path types.package ]);
      in
      option (types.attrsOf (types.either atom (types.listOf atom))) { };
    systemd.package = option types.package pkgs.systemd;
    # What makes derivations, where a test wants one that can be built.
    system.standIn.derivation = option types.raw (
      attributes: derivation (attributes // { builder = "/bin/false"; })
    );
    system.stateVersion = option types.str "26.05";
    system.nixos.codeName = option types.str "Yarara";
    system.nixos.label = option types.str "26.05.20260601.abcdef0";
    system.nixos.distroName = option types.str "NixOS";
    system.nixos-init.enable = option types.bool false;

    system.build = mkOption {
      default = { };
      type = types.submoduleWith {
        modules = [
          {
            freeformType = types.lazyAttrsOf (types.uniq types.unspecified);
            options.toplevel = mkOption {
              type = types.package;
              readOnly = true;
            };
          }
        ];
      };
    };
  };

  config = {
    _module.args.pkgs = import ../. {
      system = config.nixpkgs.buildPlatform;
      crossSystem = config.nixpkgs.hostPlatform;
      inherit lib;
    };

    system.build.toplevel =
      if failed != [ ] then
        throw "\nFailed assertions:\n${lib.concatMapStringsSep "\n" (one: "- ${one.message}") failed}"
      else
        builtins.foldl' (value: warning: builtins.trace "evaluation warning: ${warning}" value) (config.system.standIn.derivation {
          name = "nixos-system-${config.networking.hostName}-${config.system.nixos.label}";
          system = config.nixpkgs.buildPlatform;
          kernel = config.boot.kernelPackages.kernel;
          initrd = config.system.build.initialRamdisk or "";
          inherit (config.boot) kernelParams;
          installBootLoader = config.system.build.installBootLoader or "";
          fileSystems = builtins.toJSON config.fileSystems;
          swapDevices = builtins.toJSON config.swapDevices;
          postBootCommands = config.boot.postBootCommands;
          specialisations = lib.mapAttrsToList (
            _: child: "${child.configuration.system.build.toplevel}"
          ) config.specialisation;
          etcNixConf = builtins.toJSON config.nix.settings;
        }) config.warnings;
  };
}
