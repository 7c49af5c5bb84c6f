# Stands in for Nixpkgs' `lib` where there is no Nixpkgs: what the files of nix-plugin call, and no more. With a Nixpkgs
# checkout, tests/packaging runs against that one's own (see there).
let
  letters = text: map (n: builtins.substring n 1 text) (builtins.genList (n: n) 26);
  upper = letters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  lower = letters "abcdefghijklmnopqrstuvwxyz";

  lib = {
    inherit (builtins)
      attrNames
      attrValues
      concatLists
      concatMap
      elem
      filter
      head
      isAttrs
      isBool
      isFunction
      isInt
      isList
      isString
      length
      listToAttrs
      mapAttrs
      tail
      ;

    # --- lists and strings ---
    last = list: builtins.elemAt list (builtins.length list - 1);
    optional = condition: value: if condition then [ value ] else [ ];
    optionals = condition: list: if condition then list else [ ];
    optionalString = condition: text: if condition then text else "";
    unique = builtins.foldl' (list: one: if builtins.elem one list then list else list ++ [ one ]) [ ];
    intersectLists = wanted: builtins.filter (one: builtins.elem one wanted);
    concatStringsSep = builtins.concatStringsSep;
    concatMapStringsSep =
      separator: give: list:
      builtins.concatStringsSep separator (map give list);
    imap1 = give: list: builtins.genList (n: give (n + 1) (builtins.elemAt list n)) (builtins.length list);
    toLower = builtins.replaceStrings upper lower;
    hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;

    # --- attribute sets ---
    nameValuePair = name: value: { inherit name value; };
    optionalAttrs = condition: set: if condition then set else { };
    genAttrs =
      names: give:
      builtins.listToAttrs (
        map (name: {
          inherit name;
          value = give name;
        }) names
      );
    getAttrs = names: set: lib.genAttrs names (name: set.${name});
    filterAttrs =
      keep: set:
      builtins.listToAttrs (
        map (name: {
          inherit name;
          value = set.${name};
        }) (builtins.filter (name: keep name set.${name}) (builtins.attrNames set))
      );
    mapAttrsToList = give: set: map (name: give name set.${name}) (builtins.attrNames set);
    setAttrByPath =
      path: value:
      if path == [ ] then value else { ${builtins.head path} = lib.setAttrByPath (builtins.tail path) value; };
    mapAttrs' = give: set: builtins.listToAttrs (lib.mapAttrsToList give set);
    isDerivation = value: value.type or null == "derivation";
    recursiveUpdate =
      old: new:
      old
      // builtins.mapAttrs (
        name: value:
        if builtins.isAttrs value && builtins.isAttrs (old.${name} or null) then
          lib.recursiveUpdate old.${name} value
        else
          value
      ) new;

    # --- modules ---
    types = import ./types.nix lib;
    inherit (import ./modules.nix lib)
      evalModules
      mergeDefinitions
      mkOption
      mkIf
      mkMerge
      mkOverride
      mkDefault
      mkForce
      mkVMOverride
      ;
    # An option that is gone: declared, so that a definition of it is told, and without a value.
    mkRemovedOptionModule =
      path: why:
      { options, ... }:
      {
        options = lib.setAttrByPath path (
          lib.mkOption {
            apply =
              _:
              throw "The option `${builtins.concatStringsSep "." path}' can no longer be used since it's been removed. ${why}";
          }
        );
      };
    warn = message: builtins.trace "evaluation warning: ${message}";
    mkEnableOption =
      what:
      lib.mkOption {
        type = lib.types.bool;
        default = false;
        description = "Whether to enable ${what}.";
      };
    literalExpression = text: {
      _type = "literalExpression";
      inherit text;
    };

    # --- what packages say of themselves ---
    licenses.mit.spdxId = "MIT";
    platforms.linux = [
      "aarch64-linux"
      "x86_64-linux"
    ];
    trivial.release = "26.05";
  };
in
lib
