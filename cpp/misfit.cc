/* Of an evaluator that does not fit, nothing but what this file asks for may be touched: its values are laid out in another
   way. */
#include "misfit.hh"

#include "nix_compat.hh"

#include <charconv>
#include <string_view>

namespace system_installer {

using namespace nix_compat;

namespace {

/* What versions of Nix with the same interface share: "2.8" of "2.8.0", as patch releases keep it. Of what is no release,
   "2.36.0pre20261101_649e823" say, all of it. */
std::string_view interfaceOf(std::string_view version)
{
    if (version.find_first_not_of("0123456789.") != version.npos) return version;
    auto dot = version.find('.');
    return version.substr(0, dot == version.npos ? dot : version.find('.', dot + 1));
}

/* Lix has the names of Nix 2.18, from which it comes, and counts its own releases from 2.90 on. */
bool isLix(std::string_view version)
{
    unsigned minor = 0;
    if (version.substr(0, 2) == "2.") std::from_chars(version.data() + 2, version.data() + version.size(), minor);
    return minor >= 90;
}

/* An array, so that the whole of it stands in the plugin's file and no optimisation takes the comparison apart. */
const volatile char builtFor[] = BUILT_FOR_NIX;

constexpr bool builtForDeterminate = BUILT_FOR_DETERMINATE_NIX;

/* Arrays, as this runs before the plugin's own objects are made. */
constexpr char absent[] = "; `builtins.mkSystemInstaller` is not there";
constexpr char withoutPlugin[] = ": `nix-plugin/lib.nix` gives the same without a plugin";

}

std::string misfit()
{
    using namespace std::string_literals;

    auto running = runningVersion();
    if (!running) return "cannot work in this Nix, which is linked statically"s + absent + withoutPlugin;
    auto determinate = runningDeterminateVersion();

    std::string expected;
    for (auto c = builtFor; *c; c++)
        expected += *c;
    auto built = builtForDeterminate ? "was built for Determinate Nix with the number "s : "was built for Nix "s;
    auto other = built + expected + " and this is ";

    if (isLix(*running)) return other + "Lix " + *running + ", which has another interface" + absent + withoutPlugin;
    if (determinate && !builtForDeterminate)
        return other + "Determinate Nix " + *determinate + ", which has another interface" + absent + withoutPlugin;
    /* Patch releases of Determinate Nix promise nothing. */
    auto fits =
        builtForDeterminate ? determinate && *running == expected : interfaceOf(*running) == interfaceOf(expected);
    if (!fits) return other + "Nix " + *running + absent;
    return {};
}

}
