/* The builtin `mkSystemInstaller`. */
#pragma once

namespace system_installer {

/* Makes the builtin known to the Nix that is loading this plugin. Does nothing but warn in a Nix of another version than
   the one that the plugin was built for, and nothing at all where the builtin is known already. */
void register_primops() noexcept;

}
