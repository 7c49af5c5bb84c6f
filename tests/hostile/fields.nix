# Every place of a plan that takes a string, from the schema: a new attribute is among them without a change here. Each as
# `{ path; sample; plan; }`: a list of attribute names and indices, a string that it may take, and a plan that has what else has to
# be there. `maps` has the paths of those sets whose names are the plan's own, likewise.
let
  inherit (builtins)
    attrNames concatMap concatStringsSep elem elemAt filter foldl' fromJSON head isAttrs isList isString length match
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

  # What a record at `path` cannot do without, where `plan` has nothing there: what tells the kinds of a union apart, above all.
  withRequired = path: schema: plan:
    let
      valueOf = schema: schema.const or (example schema);
      missing = filter
        (name: get (path ++ [ name ]) plan == null && valueOf schema.properties.${name} != null)
        (filter (name: schema.properties ? ${name}) (schema.required or [ ]));
    in
    foldl' (plan: name: set (path ++ [ name ]) (valueOf schema.properties.${name}) plan) plan missing;

  # Calls `visit` with every place that the schema has, and puts together what it gives.
  walk = visit: path: schema: outer:
    let plan = if path == [ ] then outer else withRequired path schema outer; in
    visit path schema plan
    ++ concatMap (variant: walk visit path variant outer) (schema.anyOf or [ ])
    ++ (if schema ? items then walk visit (path ++ [ 0 ]) schema.items plan else [ ])
    ++ concatMap (name: walk visit (path ++ [ name ]) schema.properties.${name} plan) (attrNames (schema.properties or { }))
    ++ (if isAttrs (schema.additionalProperties or null)
      then walk visit (path ++ [ (keyOf path) ]) schema.additionalProperties plan
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
  maps = walk
    (path: schema: plan: if isAttrs (schema.additionalProperties or null) then [ { inherit path plan; } ] else [ ])
    [ ]
    builtins.systemInstallerSchema
    base;
  fields = walk
    (path: schema: plan:
      if elem "string" (types schema) then [ { inherit path plan; sample = sampleOf schema path; } ] else [ ])
    [ ]
    builtins.systemInstallerSchema
    base;
}
