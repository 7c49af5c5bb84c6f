/* From a flat tree, that of a filled-in plan above all, back to a Nix value. */
#pragma once

#include "walker.hh"

namespace system_installer {

/* The value of `nodes`. Where it says the same as the plan that it came from, it *is* the plan's own value, with its
   string context, and every attribute that the plan has keeps its position. `copy` is the function that turns a path value
   into the string of its store path; it is called when somebody looks. */
nix_compat::Value * filled(
    nix_compat::EvalState & state, const rust::Vec<Node> & nodes, nix_compat::Value & plan, const Originals & originals,
    nix_compat::Value & copy);

/* The value of `nodes`, which come from no plan and hold no paths. */
nix_compat::Value * built(nix_compat::EvalState & state, const rust::Vec<Node> & nodes);

}
