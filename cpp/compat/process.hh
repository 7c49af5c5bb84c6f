/* The process that the plugin is in. */
#pragma once

#include "nix.hh"

#include <dlfcn.h>

#include <string>

namespace nix_compat {

/* A text of the process, by its symbol; null where it has none of that name. The plugin refers to none of them: it could not
   be loaded then where one is missing, nor say so. */
inline const std::string * textOfProcess(const char * symbol)
{
    return static_cast<const std::string *>(dlsym(RTLD_DEFAULT, symbol));
}

/* nix::nixVersion, the version of the evaluator that has loaded the plugin. Every Nix has it, and Lix; one that is linked
   statically (Debian's own from 13 on) shows it to nobody. */
inline const std::string * runningVersion() { return textOfProcess("_ZN3nix10nixVersionB5cxx11E"); }

/* nix::determinateNixVersion, which Determinate Nix alone has, in all of its releases. */
inline const std::string * runningDeterminateVersion()
{
    return textOfProcess("_ZN3nix21determinateNixVersionB5cxx11E");
}

/* Throws if the user wants it all to end. */
inline void checkInterrupt() { nix::checkInterrupt(); }

}
