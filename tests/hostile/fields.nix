# Every place of a plan that takes a string, from the schema: a new attribute is among them without a change here. Each as
# `{ path; sample; }`: a list of attribute names and indices, and a string that it may take. `maps` has the paths of those sets
# whose names are the plan's own.
let
  inherit (builtins)
    attrNames concatMap concatStringsSep elem elemAt fromJSON head isAttrs isList isString length match
    ;
  base = import ./base.nix;

  # What to call an entry of a map.
  keyOf = path:
    if path == [ "init" "environment" ] then "KEY"
    else if elem path [ [ "directories" ] [ "files" ] [ "symlinks" ] ] then "/etc/key"
    else if path == [ "fileSystems" ] then "/"
    else "key";

  types = schema: if isList (schema.type or null) then schema.type else [ (schema.type or "any") ];

  # The string that an example shows, where it is one in JSON too.
  example = schema:
    let text = schema.x-example or ""; in if match ''"[^"$\]*"'' text != null then fromJSON text else null;

  sampleOf = schema: path:
    let own = get path base; in
    if isString own then own
    else if schema ? enum then head schema.enum
    else if example schema != null then example schema
    else "a";

  strings = path: schema:
    (if elem "string" (types schema) then [ { inherit path; sample = sampleOf schema path; } ] else [ ])
    ++ concatMap (strings path) (schema.anyOf or [ ])
    ++ (if schema ? items then strings (path ++ [ 0 ]) schema.items else [ ])
    ++ concatMap (name: strings (path ++ [ name ]) schema.properties.${name}) (attrNames (schema.properties or { }))
    ++ (if isAttrs (schema.additionalProperties or null)
      then strings (path ++ [ (keyOf path) ]) schema.additionalProperties
      else [ ]);

  # The value at a path; `null` where there is none.
  get = path: value:
    if path == [ ] then value
    else if isAttrs value && isString (head path) && value ? ${head path} then get (rest path) value.${head path}
    else if isList value && !isString (head path) && head path < length value then
      get (rest path) (elemAt value (head path))
    else null;

  rest = list: builtins.genList (n: elemAt list (n + 1)) (length list - 1);

  # The plan with another value at a path; what is in the way of the path gives way.
  set = path: new: value:
    if path == [ ] then new
    else if isString (head path) then
      (if isAttrs value && !(value ? outPath) then value else { })
      // { ${head path} = set (rest path) new (if isAttrs value then value.${head path} or null else null); }
    else
      [ (set (rest path) new (if isList value && value != [ ] then head value else null)) ]
      ++ (if isList value && value != [ ] then rest value else [ ]);

  mapsIn = path: schema:
    (if isAttrs (schema.additionalProperties or null)
      then [ path ] ++ mapsIn (path ++ [ (keyOf path) ]) schema.additionalProperties
      else [ ])
    ++ concatMap (mapsIn path) (schema.anyOf or [ ])
    ++ concatMap (name: mapsIn (path ++ [ name ]) schema.properties.${name}) (attrNames (schema.properties or { }));

  # As problems name it.
  show = path:
    let
      step = segment:
        if !isString segment then "[${toString segment}]"
        else if match "[A-Za-z_][A-Za-z0-9_'-]*" segment != null then ".${segment}"
        else ''."${segment}"'';
      text = concatStringsSep "" (map step path);
    in
    builtins.substring 1 (builtins.stringLength text) text;
in
{
  inherit get set show base;
  maps = mapsIn [ ] builtins.systemInstallerSchema;
  fields = strings [ ] builtins.systemInstallerSchema;
}
