/* Functions that Nix code calls. */
#pragma once

#include "positions.hh"

#include <string>
#include <string_view>
#include <vector>

#if NIX_MINOR >= 29 && NIX_MINOR < 32
#  include <dlfcn.h>
#endif

namespace nix_compat {

/* A primop's body as this plugin writes it; `arguments` are not forced. */
using Body = void(EvalState & state, Position call, Value * const * arguments, Value & result);

/* The same body as this Nix calls it. */
#if NIX_MINOR < 9
template<Body body>
void entry(EvalState & state, const nix::Pos & position, Value ** arguments, Value & result)
{
    body(state, &position, arguments, result);
}
#elif NIX_MINOR < 36
template<Body body>
void entry(EvalState & state, const nix::PosIdx position, Value ** arguments, Value & result)
{
    body(state, position, arguments, result);
}
#else
template<Body body>
void entry(EvalState & state, nix::CallSite site, Value * const * arguments, Value & result)
{
    body(state, site.pos, arguments, result);
}
#endif

/* How Nix describes a function that is to be a builtin. */
#if NIX_MINOR < 17
using Description = nix::RegisterPrimOp::Info;
#else
using Description = nix::PrimOp;
#endif

/* The documentation, which may be null, must live as long as the process. */
template<Body body>
Description
describe(std::string name, std::vector<std::string> arguments, size_t arity, const char * documentation = nullptr)
{
    decltype(Description::doc) doc{};
    if (documentation) doc = documentation;
    return {
        .name = std::move(name),
        .args = std::move(arguments),
        .arity = arity,
        .doc = std::move(doc),
#if NIX_MINOR < 34
        .fun = entry<body>,
#else
        .impl = entry<body>,
#endif
    };
}

/* A function of one or more arguments that no name leads to. */
template<Body body>
Value * makeFunction(EvalState & state, std::string_view name, size_t arity)
{
    /* Nix keeps the pointer. */
#if NIX_MINOR < 9
    auto function = new nix::PrimOp{entry<body>, arity, state.symbols.create(name), {}, nullptr};
#elif NIX_MINOR < 17
    auto function = new nix::PrimOp{entry<body>, arity, std::string(name), {}, nullptr};
#else
    auto function = new nix::PrimOp(describe<body>(std::string(name), {}, arity));
#endif
    auto value = state.allocValue();
    value->mkPrimOp(function);
    return value;
}

/* A text as `:doc` of the repl takes it: versions up to 2.14 read it once more as a format (`Logger::cout`). */
inline std::string forTheRepl(std::string text)
{
#if NIX_MINOR < 15
    for (auto at = text.find('%'); at != text.npos; at = text.find('%', at + 2))
        text.insert(at, 1, '%');
#endif
    return text;
}

/* What plugins have registered so far and the evaluator itself; null for nothing. */
inline nix::RegisterPrimOp::PrimOps * registered()
{
#if NIX_MINOR < 29
    return nix::RegisterPrimOp::primOps;
#elif NIX_MINOR < 32
    /* A variable in an inline function, of which this plugin, that exports none of its symbols, has a copy. */
    return static_cast<nix::RegisterPrimOp::PrimOps *>(
        dlsym(RTLD_DEFAULT, "_ZZN3nix14RegisterPrimOp7primOpsEvE7primOps"));
#else
    return &nix::RegisterPrimOp::primOps();
#endif
}

/* Whether some plugin has registered a primop of this name. */
inline bool isRegistered(std::string_view name)
{
    if (auto functions = registered())
        for (auto & function : *functions)
            if (function.name == name) return true;
    return false;
}

/* The documentation must live as long as the process. */
template<Body body>
void registerFunction(std::string name, std::vector<std::string> arguments, const char * documentation)
{
    auto arity = arguments.size();
    nix::RegisterPrimOp(describe<body>(std::move(name), std::move(arguments), arity, documentation));
}

/* A builtin that is a value, made when somebody looks; the argument of `body` means nothing. */
template<Body body>
void registerConstant(std::string name)
{
    nix::RegisterPrimOp(describe<body>(std::move(name), {}, 0));
}

}
