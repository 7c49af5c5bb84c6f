/* How problems in a plan become one error of Nix. */
#pragma once

#include "nix_compat.hh"
#include "nix-system-installer/src/bridge.rs.h"

namespace system_installer {

/* Throws one EvalError that tells every problem with its place, if one of them is an error; prints warnings otherwise.
   `plan` has been walked. */
void report(
    nix_compat::EvalState & state, nix_compat::Value & plan, nix_compat::Position position,
    const rust::Vec<Problem> & problems);

}
