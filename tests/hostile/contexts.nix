# String contexts of every kind in every string of a plan: what is taken is an input of the derivation and still known in the
# filled-in plan; what is refused is an error at its own path. `wrong` holds whatever is neither.
let
  inherit (builtins)
    all attrNames checkSystemInstaller concatMap elem filter fromJSON getContext head length mkSystemInstaller stringLength substring
    unsafeDiscardStringContext;
  inherit (import ./fields.nix) fields set show;

  package = derivation {
    name = "with-context";
    system = "x86_64-linux";
    # It cannot be built, so whoever tried would fail.
    builder = "/bin/false";
    outputs = [ "out" "lib" ];
  };
  kinds = {
    path = "${./base.nix}";
    output = "${package}/bin/init";
    otherOutput = "${package.lib}";
    drvPath = package.drvPath;
    drvFile = builtins.unsafeDiscardOutputDependency package.drvPath;
    several = "${package}:${./base.nix}";
    # Has none, and is no store path before it is built.
    placeholder = builtins.placeholder "out";
  };

  errors = filter (problem: problem.severity == "error");
  startsWith = prefix: text: substring 0 (stringLength prefix) text == prefix;
  within = small: large: all (name: large ? ${name} && all (kind: large.${name} ? ${kind}) (attrNames small.${name})) (attrNames small);

  judge = { path, sample, outer, kind, value }:
    let
      plan = set path value outer;
      before = map (problem: problem.code + problem.path) (errors (checkSystemInstaller (set path sample outer)));
      problems = errors (checkSystemInstaller plan);
      own = filter (problem: !elem (problem.code + problem.path) before) problems;
      atPath = filter (problem: startsWith (show path) problem.path || startsWith problem.path (show path)) own;
      installer = mkSystemInstaller plan;
      context = getContext value;
    in
    {
      path = show path;
      inherit kind;
      taken = problems == [ ];
      right =
        if problems == [ ] then
          # What is no part of the system (settings of its image) is none of the derivation's inputs.
          (within context (getContext installer.drvAttrs.plan) || !(fromJSON (unsafeDiscardStringContext installer.drvAttrs.plan)) ? ${head path})
          # Nothing else in the plan has these contexts. A string may be a list there, under another name.
          && within context (getContext (builtins.toJSON installer.plan))
          # Evaluated to the end: nothing is built for it.
          && builtins.isString installer.drvPath
        else own == [ ] || atPath != [ ];
    };

  judged = concatMap
    ({ path, sample, plan }:
      concatMap
        (kind: map (value: judge { inherit path sample kind value; outer = plan; }) [
          # As it is, and as nothing but a context.
          kinds.${kind}
          (sample + substring 0 0 kinds.${kind})
        ])
        (attrNames kinds))
    fields;
in
{
  fields = length fields;
  taken = length (filter (one: one.taken) judged);
  refused = length (filter (one: !one.taken) judged);
  wrong = filter (one: !one.right) judged;
}
