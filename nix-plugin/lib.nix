# The derivation of an installer plan: its one home. The plugin evaluates this file as `builtins.mkSystemInstaller`, with
# its own `check`, `fill` and `positionsOf`; without the plugin it gives the same .drv for the same programs:
#
#   import ./lib.nix {
#     runtime = builtins.storePath /nix/store/...-system-installer-runtime-0.1.0;
#     build = builtins.storePath /nix/store/...-system-installer-build-0.1.0;
#   } { name = "hello"; ... }
{
  # The store path of the runtime, where the plan names none: a derivation, or what `builtins.storePath` gives. A string
  # that is merely written out has no context, so that no build would find what it names.
  runtime,
  # The same of the derivation's builder.
  build,
  # The same of the host tool, which makes images and tarballs.
  host ? null,
  # The plan itself, or an error that tells every problem in it.
  check ? (plan: plan),
  # The plan itself, which has been checked, or an error that tells everything in it that an image cannot have.
  checkImage ? (plan: plan),
  # The plan with its defaults filled in.
  fill ? (plan: plan),
  # Attributes with the positions that the plan's attributes of the same names have.
  positionsOf ? (plan: attributes: attributes),
}:

plan:

let
  # A path value that is a store path stands for that one. As a mere path Nix would copy it once more, under the name of the
  # copy's own hash and the old one's, which no script's first line has room for. This is `builtins.storePath`, which pure
  # evaluation does not have.
  asStorePath =
    value:
    let
      path = toString value;
    in
    if builtins.typeOf value == "path" && dirOf path == builtins.storeDir then
      builtins.appendContext path { ${path}.path = true; }
    else
      value;

  given = check plan;
  checked =
    given
    // builtins.mapAttrs (_: asStorePath) (
      builtins.intersectAttrs {
        runtime = null;
        buildRuntime = null;
      } given
    );

  # What the plan says of it; `null` is the same as nothing.
  orElse =
    attribute: default:
    let
      value = checked.${attribute} or null;
    in
    if value == null then default else value;

  # A runtime for a machine that builds for itself may name the builder that goes with it.
  ownBuild = checked.runtime.build or null;
  builder = orElse "buildRuntime" (
    if ownBuild != null && orElse "buildSystem" checked.system == checked.system then
      ownBuild
    else
      asStorePath build
  );

  # Everything goes through `checked`, so that a problem in the plan is told before Nix trips over it.
  installer = derivation (positionsOf plan {
    name = checked.name;
    system = orElse "buildSystem" checked.system;
    builder = "${builder}/bin/system-installer-build";
    runtime = "${orElse "runtime" (asStorePath runtime)}";
    # What only an image is made of is not for the system to be built again.
    plan = builtins.toJSON (
      removeAttrs checked [
        "buildRuntime"
        "buildSystem"
        "image"
        "runtime"
      ]
    );
    passAsFile = [ "plan" ];
  });

  # A file system made of the installer and all that it needs: a derivation whose builder gets the attributes as JSON, the
  # closure among them. What it makes refers to nothing: it holds all of it.
  made =
    kind:
    let
      image = orElse "image" { };
      own = image.builder or null;
      program = asStorePath (if own == null then host else own);
    in
    if program == null then
      throw "the plan of `${checked.name}` names no `image.builder`, and without the plugin there is no other one"
    else
      builtins.seq (if kind == "image" then checkImage checked else checked) derivation ({
        name = "${checked.name}-${kind}";
        system = orElse "buildSystem" checked.system;
        builder = "${program}/bin/system-installer";
        args = [ kind ];
        __structuredAttrs = true;
        exportReferencesGraph.closure = [ "${installer}" ];
        installer = "${installer}";
        image = removeAttrs image [ "builder" ];
      }
      # From 2.13 to 2.17 an error unless an experimental feature is enabled.
      // (
        if builtins.compareVersions builtins.nixVersion "2.18" < 0 then { } else { unsafeDiscardReferences.out = true; }
      ));

  # Who asks for the name does not ask for the rest of the plan.
  own =
    attribute:
    if builtins.isAttrs plan && builtins.isString (plan.${attribute} or null) then
      plan.${attribute}
    else
      checked.${attribute};
in

installer
// positionsOf plan {
  name = own "name";
  system = own "system";
  plan = fill checked;
  # The root of a container.
  tarball = made "tarball";
}
// positionsOf plan (
  if builtins.isAttrs plan && plan ? disks then
    {
      # Disks that boot.
      image = made "image";
    }
  else
    { }
)
