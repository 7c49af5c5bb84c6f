/* An evaluator as a plugin sees it while it is loaded, in place of those that cannot be had here: shows the texts that it is
   compiled with, and loads the plugin that it is given as all of them do (`initPlugins`: `dlopen(..., RTLD_LAZY | RTLD_LOCAL)`,
   then `nix_plugin_entry`, where there is one). From the sources of:

   - Nix 2.8.0 to 2.36 (src/libstore/globals.cc): `std::string nixVersion = PACKAGE_VERSION;`
   - Determinate Nix 3.0.0 to 3.22.2 (the same file): that, with upstream's number, and
     `const std::string determinateNixVersion = DETERMINATE_NIX_VERSION;`, declared `extern`
   - Lix 2.90.0 to 2.95.3 (lix/libstore/globals.cc): `const std::string nixVersion = PACKAGE_VERSION;`, declared `extern`.
     `RegisterPrimOp` is gone in 2.95
   - Debian's Nix from 13 on: its libraries are in the program itself, which exports nothing of them; libc is shared. */
#include <cstdio>
#include <dlfcn.h>
#include <string>

namespace nix {

#ifdef NIX_VERSION
extern const std::string nixVersion;
const std::string nixVersion = NIX_VERSION;
#endif

#ifdef DETERMINATE_NIX_VERSION
extern const std::string determinateNixVersion;
const std::string determinateNixVersion = DETERMINATE_NIX_VERSION;
#endif

}

int main(int, char ** arguments)
{
    auto plugin = dlopen(arguments[1], RTLD_LAZY | RTLD_LOCAL);
    if (!plugin) {
        fprintf(stderr, "error: could not dynamically open plugin file '%s': %s\n", arguments[1], dlerror());
        return 1;
    }
    if (auto entry = reinterpret_cast<void (*)()>(dlsym(plugin, "nix_plugin_entry"))) entry();
    puts("evaluated");
}
