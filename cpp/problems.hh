/* How problems in a plan are told: as one error of Nix, as its warnings, or as a value. */
#pragma once

#include "nix_compat.hh"
#include "nix-system-installer/bridge.rs.h"

namespace system_installer {

/* Throws one EvalError that tells every problem with its place, if one of them is an error; prints warnings otherwise, each
   once. `plan` has been walked. */
void report(
    nix_compat::EvalState & state, nix_compat::Value & plan, nix_compat::Position position,
    const rust::Vec<Problem> & problems);

/* The problems as a list of attribute sets; `plan` has been walked. */
void setProblems(
    nix_compat::EvalState & state, nix_compat::Value & result, nix_compat::Value & plan, nix_compat::Position position,
    const rust::Vec<Problem> & problems);

}
