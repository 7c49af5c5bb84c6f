/* The headers of Nix, under the names that they have in the version built for.

   NIX_MINOR is its minor version (8 for 2.8.0); build.rs gives it, and what stands for the configuration headers of the
   versions that do not install them. What is written here for a range of versions was compiled against the last release
   of each of them (tests/compile-against). */
#pragma once

#if NIX_MINOR < 8
#  error "this plugin builds for Nix 2.8 and later"
#endif

#if NIX_MINOR >= 28
#  include "nix/expr/eval.hh"
#  include "nix/expr/eval-inline.hh"
#  include "nix/expr/primops.hh"
#  include "nix/store/globals.hh"
#  include "nix/store/store-api.hh"
#  include "nix/util/signals.hh"
#else
#  include "primops.hh"
#  include "eval.hh"
#  include "eval-inline.hh"
#  include "globals.hh"
#  include "store-api.hh"
#  if NIX_MINOR >= 19
#    include "signals.hh"
#  else
#    include "util.hh"
#  endif
#endif

#include "absent.hh"

namespace nix_compat {

using nix::Attr;
using nix::EvalState;
using nix::Symbol;
using nix::Value;

}
