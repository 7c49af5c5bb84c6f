# The derivation of an installer plan: its one home. The plugin evaluates this file as `builtins.mkSystemInstaller`, with
# its own `check`, `fill` and `positionsOf`; without the plugin it gives the same .drv for the same runtime:
#
#   import ./lib.nix { runtime = builtins.storePath /nix/store/...-system-installer-0.1.0; } { name = "hello"; ... }
{
  # The store path of the runtime, where the plan names none: a derivation, or what `builtins.storePath` gives. A string
  # that is merely written out has no context, so that no build would find what it names.
  runtime,
  # The plan itself, or an error that tells every problem in it.
  check ? (plan: plan),
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

  # Everything goes through `checked`, so that a problem in the plan is told before Nix trips over it.
  installer = derivation (positionsOf plan {
    name = checked.name;
    system = orElse "buildSystem" checked.system;
    builder = "${orElse "buildRuntime" (orElse "runtime" (asStorePath runtime))}/bin/system-installer";
    args = [ "build" ];
    # What only an image is made of is not for the system to be built again.
    plan = builtins.toJSON (removeAttrs checked [ "image" ]);
    passAsFile = [ "plan" ];
  });

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
}
