/* The builtins: `mkSystemInstaller` is `nix-plugin/lib.nix` with this plugin's check, defaults and runtime. */
#include "primop.hh"

#include "filled.hh"
#include "misfit.hh"
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

/* The position that the one attribute of a set has: how a place travels as a value. */
Position placeOf(EvalState & state, Value & place)
{
    return positionOf(*find(attributesOf(place), state.symbols.create("place")));
}

/* The plan itself, or one error with everything that `problemsOf` finds in it. */
template<rust::Vec<Problem> problemsOf(rust::Vec<Node>)>
void check(EvalState & state, Position, Value * const * arguments, Value & result)
{
    auto place = placeOf(state, *arguments[0]);
    auto & plan = *arguments[1];
    auto nodes = reporting(state, place, [&] { return walk(state, plan, place); });
    auto problems = reporting(state, place, [&] { return problemsOf(std::move(nodes)); });
    report(state, plan, place, problems);
    result = plan;
}

void copyPath(EvalState & state, Position call, Value * const * arguments, Value & result)
{
    setCopied(state, result, *arguments[0], call);
}

/* place: plan: the plan, which has been checked, with its defaults filled in. */
void fill(EvalState & state, Position, Value * const * arguments, Value & result)
{
    auto place = placeOf(state, *arguments[0]);
    auto & plan = *arguments[1];
    Originals originals;
    auto nodes = reporting(state, place, [&] { return walk(state, plan, place, &originals); });
    auto full = reporting(state, place, [&] { return fill_plan(std::move(nodes)); });
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

void setAdded(EvalState & state, Value & result, rust::Slice<const uint8_t> archive, rust::Str name)
{
    setStorePath(
        state, result,
        addArchive(
            state, {reinterpret_cast<const char *>(archive.data()), archive.size()}, {name.data(), name.size()}));
}

/* _: the runtime's store path. */
void runtime(EvalState & state, Position, Value * const *, Value & result)
{
    setAdded(state, result, runtime_archive(), runtime_name());
}

/* _: the store path of the derivation's builder. */
void build(EvalState & state, Position, Value * const *, Value & result)
{
    setAdded(state, result, build_archive(), build_name());
}

/* _: the store path of the host tool, which makes images and tarballs. */
void host(EvalState & state, Position, Value * const *, Value & result)
{
    setAdded(state, result, host_archive(), host_name());
}

/* A value that is added to the store when it is asked for, and not before. */
template<void function(EvalState &, Position, Value * const *, Value &)>
nix::RootValue lazily(EvalState & state, const char * name)
{
    auto nothing = state.allocValue();
    nothing->mkNull();
    auto value = state.allocValue();
    value->mkApp(makeFunction<function>(state, name, 1), nothing);
    return rooted(value);
}

/* What every call in an evaluator shares. */
struct Shared
{
    /* Whose it is. `library` keeps it alive, so that no other evaluator can have its base environment at that address. */
    const void * baseEnv = nullptr;
    nix::RootValue library, check, checkImage, fill, positionsOf, runtime, build, host;
};

const Shared & sharedIn(EvalState & state)
{
    /* Never destroyed: at exit the garbage collector may be gone already. */
    static auto & shared = *new Shared;
    if (shared.baseEnv == &state.baseEnv) return shared;

    auto library = state.allocValue();
    auto code = lib_nix();
    evaluate(state, {code.data(), code.size()}, *library);
    shared = {
        &state.baseEnv,
        rooted(library),
        rooted(makeFunction<check<check_plan>>(state, "checkPlan", 2)),
        rooted(makeFunction<check<check_image>>(state, "checkImage", 2)),
        rooted(makeFunction<fill>(state, "fillPlan", 2)),
        rooted(makeFunction<positionsOf>(state, "positionsOf", 2)),
        lazily<runtime>(state, "runtime"),
        lazily<build>(state, "build"),
        lazily<host>(state, "host"),
    };
    return shared;
}

/* `lib.nix` with what this plugin provides, applied to the plan. */
void mkSystemInstaller(EvalState & state, Position call, Value * const * arguments, Value & result)
{
    auto & shared = sharedIn(state);
    auto nothing = state.allocValue();
    nothing->mkNull();
    auto placed = state.buildBindings(1);
    placed.insert(state.symbols.create("place"), nothing, storedPosition(call));
    auto place = state.allocValue();
    place->mkAttrs(placed);

    auto provided = state.buildBindings(7);
    provided.alloc("check").mkPrimOpApp(*shared.check, place);
    provided.alloc("checkImage").mkPrimOpApp(*shared.checkImage, place);
    provided.alloc("fill").mkPrimOpApp(*shared.fill, place);
    provided.insert(state.symbols.create("positionsOf"), *shared.positionsOf);
    provided.insert(state.symbols.create("runtime"), *shared.runtime);
    provided.insert(state.symbols.create("build"), *shared.build);
    provided.insert(state.symbols.create("host"), *shared.host);
    Value providedSet, planToDerivation;
    providedSet.mkAttrs(provided);
    nix_compat::call(state, **shared.library, providedSet, planToDerivation, call);
    nix_compat::call(state, planToDerivation, *arguments[0], result, call);
}

/* plan: its problems, as a list. */
void checkSystemInstaller(EvalState & state, Position call, Value * const * arguments, Value & result)
{
    auto & plan = *arguments[0];
    auto nodes = reporting(state, call, [&] { return walk(state, plan, call); });
    auto problems = reporting(state, call, [&] { return check_plan(std::move(nodes)); });
    setProblems(state, result, plan, call, problems);
}

/* The JSON Schema of a plan, as a value. */
void systemInstallerSchema(EvalState & state, Position call, Value * const *, Value & result)
{
    result = *built(state, reporting(state, call, [] { return schema(); }));
}

}

void register_primops() noexcept
try {
    if (auto reason = misfit(); !reason.empty()) {
        auto version = plugin_version();
        fprintf(
            stderr, "warning: nix-system-installer %.*s %s\n", int(version.size()), version.data(), reason.c_str());
        return;
    }
    if (isRegistered("__mkSystemInstaller")) return;
    /* Nix keeps the pointers. */
    static auto & text = *new std::string(forTheRepl(std::string(documentation())));
    registerFunction<mkSystemInstaller>("__mkSystemInstaller", {"plan"}, text.c_str());
    static auto & checkText = *new std::string(forTheRepl(std::string(check_documentation())));
    registerFunction<checkSystemInstaller>("__checkSystemInstaller", {"plan"}, checkText.c_str());
    registerConstant<systemInstallerSchema>("__systemInstallerSchema");
} catch (std::exception & error) {
    fprintf(stderr, "warning: nix-system-installer cannot register `builtins.mkSystemInstaller`: %s\n", error.what());
}

}
