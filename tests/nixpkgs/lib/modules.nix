# The module system as far as NixOS's own modules of the boot and ours go: options with types, defaults, `apply`; definitions
# with `mkIf`, `mkMerge`, `mkOverride`; imports, submodules, free forms, `_module.args`, `extendModules`. An option that does not
# exist, and two definitions that contradict each other, are errors as in the original.
lib:

let
  showOption = builtins.concatStringsSep ".";

  # A module in its three parts. A path is the same module wherever it is imported.
  open =
    args: module:
    if builtins.isPath module || builtins.isString module then
      open args (import module) // { key = toString module; }
    else if builtins.isFunction module then
      let
        named = builtins.mapAttrs (name: _: args.${name} or args.config._module.args.${name}) (
          builtins.functionArgs module
        );
      in
      open args (module (args // named))
    else if module ? options || module ? config then
      {
        key = module.key or null;
        imports = module.imports or [ ];
        options = module.options or { };
        config = module.config or { };
        freeform = module.freeformType or null;
      }
    else
      {
        key = module.key or null;
        imports = module.imports or [ ];
        options = { };
        config = removeAttrs module [
          "_file"
          "freeformType"
          "imports"
          "key"
        ];
        freeform = module.freeformType or null;
      };

  collect =
    args: modules:
    let
      add =
        found: module:
        let
          opened = open args module;
        in
        if opened.key != null && builtins.any (one: one.key == opened.key) found then
          found
        else
          builtins.foldl' add (found ++ [ opened ]) opened.imports;
    in
    builtins.foldl' add [ ] modules;

  # `mkIf` and its like, from a set to each of its attributes.
  pushDown =
    value:
    let
      each = wrap: map (builtins.mapAttrs (_: wrap)) (pushDown value.content);
    in
    {
      merge = builtins.concatMap pushDown value.contents;
      "if" = each (mkIf value.condition);
      override = each (mkOverride value.priority);
    }
    .${value._type or ""} or [ value ];

  discharge =
    value:
    {
      merge = builtins.concatMap discharge value.contents;
      "if" = if value.condition then discharge value.content else [ ];
    }
    .${value._type or ""} or [ value ];

  # The lowest number of all definitions, and those that have it.
  priorityOf = value: if value._type or "" == "override" then value.priority else 100;
  least =
    values:
    builtins.foldl' (least: value: if priorityOf value < least then priorityOf value else least) 9999 values;
  highest =
    values:
    let
      kept = builtins.filter (value: priorityOf value == least values) values;
    in
    map (value: if value._type or "" == "override" then value.content else value) kept;

  # The value of one option or element: `isDefined`, and `value`.
  mergeDefinitions =
    path: type: definitions:
    let
      values = builtins.concatMap discharge (highest (builtins.concatMap discharge definitions));
      wrong = builtins.filter (value: !type.check value) values;
    in
    {
      isDefined = values != [ ];
      value =
        if values == [ ] then
          type.empty or (throw "The option `${showOption path}' was accessed but has no value defined.")
        else if wrong != [ ] then
          throw "A definition for option `${showOption path}' is not of type `${type.name}': it is a ${builtins.typeOf (builtins.head wrong)}"
        else
          type.merge path values;
    };

  evaluate =
    path: option: definitions:
    let
      default = if option ? default then [ (mkOverride 1500 option.default) ] else [ ];
      all = definitions ++ default;
      merged = mergeDefinitions path (option.type or lib.types.unspecified) all;
      isReadOnlyTwice = option.readOnly or false && builtins.length definitions > 1;
    in
    # As modules find it in `options`.
    option
    // {
      inherit (merged) isDefined;
      highestPrio = least (builtins.concatMap discharge all);
      value =
        if isReadOnlyTwice then
          throw "The option `${showOption path}' is read-only, but it's set multiple times."
        else
          (option.apply or (value: value)) merged.value;
    };

  isOption = value: value._type or "" == "option";

  # Below `path`, of the options that the sets in `declared` have, from the sets in `defined`: the values (`config`), and what
  # became of the options (`options`).
  tree =
    path: declared: defined: freeform:
    let
      definitionsOf =
        name: builtins.concatMap (set: if set ? ${name} then [ set.${name} ] else [ ]) defined;
      declarationsOf =
        name: builtins.concatMap (set: if set ? ${name} then [ set.${name} ] else [ ]) declared;
      names = sets: lib.unique (builtins.concatMap builtins.attrNames sets);
      known = names declared;
      unknown = builtins.filter (name: !builtins.elem name known) (names defined);
      valueOf =
        name:
        let
          declarations = declarationsOf name;
          here = path ++ [ name ];
          options = builtins.filter isOption declarations;
        in
        if builtins.length options > 1 then
          throw "The option `${showOption here}' is already declared."
        else if options != [ ] then
          let
            option = evaluate here (builtins.head options) (definitionsOf name);
          in
          {
            options = option;
            config = option.value;
          }
        else
          tree here declarations (builtins.concatMap pushDown (definitionsOf name)) null;
      values = lib.genAttrs known valueOf;
      free = map (name: {
        inherit name;
        merged = mergeDefinitions (path ++ [ name ]) freeform.element (definitionsOf name);
      }) unknown;
      freeValues =
        if unknown == [ ] then
          { }
        else if freeform == null then
          # As in the original, a definition under a false `mkIf` too.
          throw "The option `${showOption (path ++ [ (builtins.head unknown) ])}' does not exist."
        else
          builtins.listToAttrs (
            map
              (
                { name, merged }:
                {
                  inherit name;
                  inherit (merged) value;
                }
              )
              (if freeform.isLazy then free else builtins.filter ({ merged, ... }: merged.isDefined) free)
          );
    in
    {
      config = builtins.mapAttrs (_: one: one.config) values // freeValues;
      options = builtins.mapAttrs (_: one: one.options) values;
    };

  evalModules =
    {
      modules,
      specialArgs ? { },
      prefix ? [ ],
    }:
    let
      args = {
        inherit lib extendModules;
        inherit (result) config options;
      }
      // specialArgs;
      extendModules =
        more:
        evalModules {
          modules = modules ++ more.modules;
          inherit prefix;
          specialArgs = specialArgs // more.specialArgs or { };
        };
      collected = collect args modules;
      freeforms = builtins.filter (one: one.freeform != null) collected;
      arguments._module.args = mkOption {
        type = lib.types.lazyAttrsOf lib.types.raw;
        default = { };
      };
      declared = map (one: one.options) collected ++ [ arguments ];
      defined = builtins.concatMap (one: pushDown one.config) collected;
      result = tree prefix declared defined (
        if freeforms == [ ] then null else (builtins.head freeforms).freeform
      );
    in
    result
    // {
      inherit extendModules;
      # Of an option that holds such a configuration, with modules of its own.
      type = lib.types.submoduleWith { inherit modules specialArgs; };
    };

  mkOption = option: { _type = "option"; } // option;
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
in
{
  inherit
    evalModules
    mergeDefinitions
    mkOption
    mkIf
    mkMerge
    mkOverride
    ;
  mkVMOverride = mkOverride 10;
  mkDefault = mkOverride 1000;
  mkForce = mkOverride 50;
}
