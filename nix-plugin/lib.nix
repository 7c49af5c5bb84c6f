# The derivation of an installer plan: its one home. The plugin evaluates this file as `builtins.mkSystemInstaller`, with
# its own `check`, `fill` and `positionsOf`; without the plugin it gives the same .drv for the same runtime:
#
#   (import ./lib.nix { runtime = /nix/store/...-system-installer-0.1.0; }) { name = "hello"; ... }
{
  # The store path of the runtime, where the plan names none.
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
  checked = check plan;

  # Everything goes through `checked`, so that a problem in the plan is told before Nix trips over it.
  installer = derivation (positionsOf plan {
    name = checked.name;
    system = checked.buildSystem or checked.system;
    builder = "${checked.buildRuntime or checked.runtime or runtime}/bin/system-installer";
    args = [ "build" ];
    plan = builtins.toJSON checked;
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
