# Types of options: what a value must be, and how several definitions become one.
lib:

let
  # Of values that cannot be merged, equal ones may be there several times.
  same =
    path: values:
    if builtins.all (value: value == builtins.head values) values then
      builtins.head values
    else
      throw "The option `${builtins.concatStringsSep "." path}' has conflicting definition values.";
  single =
    path: values:
    if builtins.length values == 1 then
      builtins.head values
    else
      throw "The option `${builtins.concatStringsSep "." path}' is defined multiple times while it's expected to be unique.";

  simple =
    name: check: merge:
    { inherit name check merge; };

  elementsOf = isLazy: name: element: {
    inherit element isLazy;
    name = "${name} of ${element.name}";
    check = value: builtins.isAttrs value && !(lib.isDerivation value);
    empty = { };
    merge =
      path: sets:
      let
        names = lib.unique (builtins.concatMap builtins.attrNames sets);
        merged = lib.genAttrs names (
          name:
          lib.mergeDefinitions (path ++ [ name ]) element (
            builtins.concatMap (set: if set ? ${name} then [ set.${name} ] else [ ]) sets
          )
        );
      in
      builtins.mapAttrs (_: one: one.value) (
        if isLazy then merged else lib.filterAttrs (_: one: one.isDefined) merged
      );
  };

  types = {
    raw = simple "raw value" (_: true) single;
    unspecified = simple "unspecified value" (_: true) (
      path: values: if builtins.length values == 1 then builtins.head values else same path values
    );
    uniq = type: type // { merge = single; };

    bool = simple "boolean" builtins.isBool same;
    int = simple "signed integer" builtins.isInt same;
    str = simple "string" builtins.isString same;
    lines = simple "strings concatenated with \"\\n\"" builtins.isString (_: builtins.concatStringsSep "\n");
    nonEmptyStr = simple "non-empty string" (value: builtins.isString value && value != "") same;
    enum = values: simple "one of ${builtins.toJSON values}" (value: builtins.elem value values) same;
    path = simple "absolute path" (
      value: builtins.isPath value || lib.isDerivation value || (builtins.isString value && lib.hasPrefix "/" value)
    ) same;
    package = simple "package" (
      value: lib.isDerivation value || builtins.isPath value || (builtins.isString value && lib.hasPrefix builtins.storeDir value)
    ) single;

    nullOr = type: {
      name = "null or ${type.name}";
      check = value: value == null || type.check value;
      merge =
        path: values: if builtins.all (value: value == null) values then null else type.merge path values;
    };
    either = one: other: {
      name = "${one.name} or ${other.name}";
      check = value: one.check value || other.check value;
      merge =
        path: values: (if builtins.all one.check values then one else other).merge path values;
    };
    oneOf = list: builtins.foldl' types.either (builtins.head list) (builtins.tail list);

    listOf = element: {
      name = "list of ${element.name}";
      check = builtins.isList;
      empty = [ ];
      merge =
        path: lists:
        map (one: one.value) (
          builtins.filter (one: one.isDefined) (
            map (value: lib.mergeDefinitions (path ++ [ "*" ]) element [ value ]) (builtins.concatLists lists)
          )
        );
    };
    attrsOf = elementsOf false "attribute set";
    lazyAttrsOf = elementsOf true "lazy attribute set";

    anything = {
      name = "anything";
      check = _: true;
      merge =
        path: values:
        let
          all = test: builtins.all test values;
        in
        if all (value: builtins.isAttrs value && !(lib.isDerivation value)) then
          (types.attrsOf types.anything).merge path values
        else if all builtins.isList then
          single path values
        else
          same path values;
    };

    submodule = module: types.submoduleWith { modules = if builtins.isList module then module else [ module ]; };
    submoduleWith =
      {
        modules,
        specialArgs ? { },
      }:
      {
        name = "submodule";
        check = value: builtins.isAttrs value || builtins.isFunction value || builtins.isPath value;
        empty = { };
        merge =
          path: values:
          removeAttrs
            (lib.evalModules {
              # A set says values: an attribute `options` in it is one of them.
              modules = modules ++ map (value: if builtins.isAttrs value then { config = value; } else value) values;
              specialArgs = specialArgs // {
                name = lib.last path;
              };
              prefix = path;
            }).config
            [ "_module" ];
      };
  };
in
types
