# Every byte from 1 to 255 in every string of a plan, and in every name that a plan chooses. Gives how many were taken and
# refused, and as `wrong` whatever was neither: what is taken stands in the derivation byte for byte; what is refused is an
# error at its own path, in words that a terminal shows as they are.
#
# `bytes`: a file with the bytes in their order.
{ bytes }:
let
  inherit (builtins)
    checkSystemInstaller concatMap elem filter fromJSON genList length mkSystemInstaller readFile stringLength substring;
  inherit (import ./fields.nix) fields get maps set show;

  all = let text = readFile bytes; in genList (n: { number = n + 1; byte = substring n 1 text; }) (stringLength text);
  errors = filter (problem: problem.severity == "error");
  startsWith = prefix: text: substring 0 (stringLength prefix) text == prefix;
  tells = value: message: builtins.isString value && builtins.replaceStrings [ value ] [ "" ] message != message;
  # Neither control characters nor a byte that is not part of UTF-8, which toJSON would not take.
  isShown = text: builtins.match ".*[[:cntrl:]].*" text == null && builtins.isString (builtins.toJSON text);

  judge = { path, number, plan, place, value }:
    let
      problems = checkSystemInstaller plan;
      before = map (problem: problem.code + problem.path) (errors (checkSystemInstaller place.plan));
      own = filter (problem: !elem (problem.code + problem.path) before) (errors problems);
      # At the value, or told of it by name where another one contradicts it.
      atPath = filter
        (problem: startsWith path problem.path || startsWith problem.path path || tells value problem.message)
        own;
      shown = builtins.all (problem: isShown problem.message && isShown problem.path && (problem.hint == null || isShown problem.hint))
        problems;
      isTaken = errors problems == [ ];
      installer = mkSystemInstaller plan;
      written = fromJSON (builtins.unsafeDiscardStringContext installer.drvAttrs.plan);
      # What is no part of the system (settings of its image) is none of the derivation's plan.
      arrived = get place.path (if written ? ${builtins.head place.path} then written else installer.plan);
    in
    {
      inherit path number;
      taken = isTaken;
      right =
        shown
        && (number < 128 || builtins.any (problem: problem.code == "MSI005") own)
        && (if isTaken then arrived == value else own == [ ] || atPath != [ ]);
    };

  inFields = concatMap
    ({ path, sample, plan }:
      map
        ({ number, byte, value }: judge {
          path = show path;
          inherit number value;
          plan = set path value plan;
          place = { inherit path; plan = set path sample plan; };
        })
        (concatMap
          ({ number, byte }: map (value: { inherit number byte value; }) [ "${sample}${byte}x" "${byte}${sample}" ])
          all))
    fields;

  inNames = concatMap
    ({ path, plan }:
      let
        entries = let found = get path plan; in if found == null then { } else found;
        first = if entries == { } then "a" else builtins.head (builtins.attrNames entries);
        value = entries.${first} or { };
      in
      map
        ({ number, byte }:
          let name = "${first}${byte}x"; in
          judge {
            # The name itself is told with escapes.
            path = show path;
            inherit number value;
            plan = set path (entries // { ${name} = value; }) plan;
            place = {
              path = path ++ [ name ];
              plan = set path (entries // { "${first}x" = value; }) plan;
            };
          })
        all)
    maps;
in
{
  fields = length fields;
  names = length maps;
  taken = length (filter (one: one.taken) inFields);
  refused = length (filter (one: !one.taken) inFields);
  namesRefused = length (filter (one: !one.taken) inNames);
  wrong = filter (one: !one.right) inFields;
  wrongNames = filter (one: !one.right) inNames;
}
