/* The builtin `mkSystemInstaller`: `nix-plugin/lib.nix` with this plugin's check, defaults and runtime. */
#include "primop.hh"

#include "filled.hh"
#include "nix_compat.hh"
#include "problems.hh"
#include "walker.hh"

#include "rust/cxx.h"

#include <cstdio>

namespace system_installer {

using namespace nix_compat;

namespace {

/* A bug in Rust ends up here as an exception with a message that asks for a report. */
template<typename Action>
auto reporting(EvalState & state, Position position, Action action)
{
    try {
        return action();
    } catch (const rust::Error & bug) {
        fail(state, position, bug.what());
    }
}

/* plan: the plan itself, or one error with every problem in it. */
void check(EvalState & state, Position call, Value * const * arguments, Value & result)
{
    auto & plan = *arguments[0];
    auto nodes = walk(state, plan, call);
    auto problems = reporting(state, call, [&] { return check_plan(std::move(nodes)); });
    report(state, plan, call, problems);
    result = plan;
}

void copyPath(EvalState & state, Position call, Value * const * arguments, Value & result)
{
    setCopied(state, result, *arguments[0], call);
}

/* plan: the plan, which has been checked, with its defaults filled in. */
void fill(EvalState & state, Position call, Value * const * arguments, Value & result)
{
    auto & plan = *arguments[0];
    Originals originals;
    auto nodes = walk(state, plan, call, &originals);
    auto full = reporting(state, call, [&] { return fill_plan(std::move(nodes)); });
    result = *filled(state, full, plan, originals, *makeFunction<copyPath>(state, "copyPath", 1));
}

/* plan: attributes: the attributes, each with the position that the plan's attribute of the same name has. */
void positionsOf(EvalState & state, Position call, Value * const * arguments, Value & result)
{
    force(state, *arguments[0], call);
    force(state, *arguments[1], call);
    if (arguments[0]->type() != nix::nAttrs || arguments[1]->type() != nix::nAttrs) {
        result = *arguments[1];
        return;
    }
    auto & plan = attributesOf(*arguments[0]);
    auto & attributes = attributesOf(*arguments[1]);
    auto bindings = state.buildBindings(attributes.size());
    for (auto & attribute : attributes) {
        auto own = find(plan, attribute.name);
        bindings.insert(
            attribute.name, attribute.value,
            storedPosition(own && isKnown(positionOf(*own)) ? positionOf(*own) : positionOf(attribute)));
    }
    result.mkAttrs(bindings);
}

/* _: the runtime's store path. */
void runtime(EvalState & state, Position, Value * const *, Value & result)
{
    auto archive = runtime_archive();
    auto name = runtime_name();
    setStorePath(
        state, result,
        addArchive(
            state, {reinterpret_cast<const char *>(archive.data()), archive.size()}, {name.data(), name.size()}));
}

/* `lib.nix` applied to what this plugin provides: a function from a plan to its derivation. Made once per evaluator; its
   environment keeps `baseEnv` alive, so that no other evaluator can have one at the same address. */
Value & planToDerivation(EvalState & state, Position call)
{
    static const void * owner = nullptr;
    /* Never destroyed: at exit the garbage collector may be gone already. */
    static auto & function = *new nix::RootValue;
    if (owner == &state.baseEnv) return **function;

    auto nothing = state.allocValue();
    nothing->mkNull();
    auto arguments = state.buildBindings(4);
    arguments.insert(state.symbols.create("check"), makeFunction<check>(state, "checkPlan", 1));
    arguments.insert(state.symbols.create("fill"), makeFunction<fill>(state, "fillPlan", 1));
    arguments.insert(state.symbols.create("positionsOf"), makeFunction<positionsOf>(state, "positionsOf", 2));
    arguments.alloc("runtime").mkApp(makeFunction<runtime>(state, "runtime", 1), nothing);
    auto provided = state.allocValue();
    provided->mkAttrs(arguments);

    auto code = lib_nix();
    auto library = state.allocValue();
    evaluate(state, {code.data(), code.size()}, *library);
    auto made = state.allocValue();
    nix_compat::call(state, *library, *provided, *made, call);
    function = nix::allocRootValue(made);
    owner = &state.baseEnv;
    return *made;
}

void mkSystemInstaller(EvalState & state, Position call, Value * const * arguments, Value & result)
{
    nix_compat::call(state, planToDerivation(state, call), *arguments[0], result, call);
}

constexpr const char * documentation = R"(
  Return a derivation that *is* the installation procedure of a system: its scripts initialise a bare file system, start
  the system on it, and make a disk boot it.

  The smallest *plan* has a name, a system type and the command that becomes process 1:

  ```nix
  builtins.mkSystemInstaller {
    name = "hello";
    system = "x86_64-linux";
    init.command = [ "${busybox}/bin/busybox" "init" ];
  }
  ```

  It may also have `hostName`, `base`, `directories`, `files`, `symlinks`, `users`, `groups`, `machineId`,
  `init.environment`, `hooks.preInit`, `runtime`, `buildSystem` and `buildRuntime`. Every problem in a plan is reported at
  once, with its place in the Nix file.

  The output holds

  - `pre-init [--prefix=DIR]`: sets up directories, files, links and users beneath a prefix, once;
  - `post-init`: becomes the plan's `init.command`;
  - `init`: both, one after the other, for use as process 1;
  - `pre-boot`: installs the boot loader.

  The attribute `plan` of the result is the plan with its defaults filled in.
)";

/* "2.8" of "2.8.0": patch releases keep the interface. */
std::string_view majorMinor(std::string_view version)
{
    auto dot = version.find('.');
    if (dot == version.npos) return version;
    return version.substr(0, version.find_first_not_of("0123456789", dot + 1));
}

/* An array, so that the whole of it stands in the plugin's file and no optimisation takes the comparison apart. */
const volatile char builtFor[] = BUILT_FOR_NIX;

}

void register_primops() noexcept
try {
    std::string expected;
    for (auto c = builtFor; *c; c++)
        expected += *c;
    if (majorMinor(runningVersion()) != majorMinor(expected)) {
        auto version = plugin_version();
        fprintf(
            stderr, "warning: nix-system-installer %.*s was built for Nix %s and this is Nix %s; `builtins.mkSystemInstaller` is not there\n",
            int(version.size()), version.data(), expected.c_str(), std::string(runningVersion()).c_str());
        return;
    }
    if (isRegistered("__mkSystemInstaller")) return;
    registerFunction<mkSystemInstaller>("__mkSystemInstaller", {"plan"}, documentation);
} catch (std::exception & error) {
    fprintf(stderr, "warning: nix-system-installer cannot register `builtins.mkSystemInstaller`: %s\n", error.what());
}

}
