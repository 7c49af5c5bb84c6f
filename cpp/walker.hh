/* From a Nix value to the flat tree that crosses the bridge. */
#pragma once

#include "nix_compat.hh"
#include "nix-system-installer/bridge.rs.h"

#include <string>
#include <unordered_map>

namespace system_installer {

/* Values of the plan by the text that builtins.toJSON writes for them, where that text alone is not all there is:
   strings with context, sets that stand for a string, paths. */
using Originals = std::unordered_map<std::string, nix_compat::Value *>;

/* Forces all of `plan` and gives its nodes, parents before children. What JSON has no word for becomes a node of its own
   kind. Whatever Nix throws while forcing goes on to the caller, with one trace line that names the attribute.

   The values in `originals` are not roots for the garbage collector: the plan keeps them alive. */
rust::Vec<Node> walk(
    nix_compat::EvalState & state, nix_compat::Value & plan, nix_compat::Position position,
    Originals * originals = nullptr);

}
