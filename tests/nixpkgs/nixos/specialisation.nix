# `specialisation`: a child is the whole system once more, or one without it, with no-clone.nix and its own configuration.
{
  lib,
  extendModules,
  noUserModules,
  ...
}:

let
  inherit (lib) mkOption types;
in
{
  options.isSpecialisation = mkOption {
    type = types.bool;
    default = false;
  };
  options.specialisation = mkOption {
    default = { };
    type = types.attrsOf (
      types.submodule (
        { config, ... }:
        {
          options.inheritParentConfig = mkOption {
            type = types.bool;
            default = true;
          };
          options.configuration = mkOption {
            default = { };
            inherit
              ((if config.inheritParentConfig then extendModules else noUserModules.extendModules) {
                modules = [ ./no-clone.nix ];
              })
              type
              ;
          };
        }
      )
    );
  };
}
