/* Every difference between the versions of Nix that this plugin knows, each as one alias or inline function. A new
   version of Nix touches the folder `compat` alone; nothing else tests for a version or includes a header of Nix. */
#pragma once

#include "compat/errors.hh"
#include "compat/functions.hh"
#include "compat/positions.hh"
#include "compat/process.hh"
#include "compat/store.hh"
#include "compat/values.hh"
