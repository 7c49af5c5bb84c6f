/* The process that the plugin is in. */
#pragma once

#include "nix.hh"

#include <string_view>

namespace nix_compat {

/* The version of the evaluator that has loaded the plugin. */
inline std::string_view runningVersion() { return nix::nixVersion; }

/* Throws if the user wants it all to end. */
inline void checkInterrupt() { nix::checkInterrupt(); }

}
