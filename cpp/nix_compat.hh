/* Every difference between the versions of Nix that this plugin knows, each as one alias or inline function. A new
   version of Nix touches this file alone; nothing else tests for a version or includes a header of Nix.

   NIX_MINOR is the minor version of the Nix built for (8 for 2.8.0); build.rs gives it. */
#pragma once

#include "primops.hh"
#include "eval.hh"
#include "eval-inline.hh"
#include "globals.hh"
#include "store-api.hh"
#include "util.hh"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#if NIX_MINOR != 8
#  error "this plugin builds for Nix 2.8"
#endif

namespace nix_compat {

using nix::Attr;
using nix::Bindings;
using nix::EvalState;
using nix::Value;

/* ---- positions ---- */

/* A place in a Nix file; cheap to copy, never null. */
using Position = const nix::Pos *;

inline Position noPosition() { return &nix::noPos; }
inline bool isKnown(Position position) { return bool(*position); }
inline Position positionOf(const Attr & attribute) { return &*attribute.pos; }
/* Where the set was written, where Nix remembers it. */
inline Position positionOf(const Bindings & set) { return &*set.pos; }
/* The type that an attribute stores. */
inline auto storedPosition(Position position) { return nix::ptr<nix::Pos>(const_cast<nix::Pos *>(position)); }

/* A known position for those who look into it. */
struct Place
{
    /* The file, or what stands for one in code that came from none. */
    std::string file;
    bool isFile;
    uint32_t line, column;
};

inline Place placeAt(EvalState &, Position position)
{
    auto isFile = position->origin == nix::foFile;
    std::string file = isFile ? std::string(position->file) : position->origin == nix::foStdin ? "(stdin)" : "(string)";
    return {std::move(file), isFile, position->line, position->column};
}

/* ---- names ---- */

using nix::Symbol;

inline std::string_view nameOf(EvalState &, Symbol symbol) { return symbol; }

/* ---- values ---- */

inline Bindings & attributesOf(Value & value) { return *value.attrs; }
inline const Attr * find(Bindings & set, Symbol name) { return set.get(name); }
inline std::vector<const Attr *> sortedByName(EvalState &, Bindings & set) { return set.lexicographicOrder(); }

inline Value * elementOf(Value & list, size_t index) { return list.listElems()[index]; }
/* What tells one list from another while it lives. */
inline const void * identityOf(Value & list) { return list.listElems(); }

inline std::string_view textOf(const Value & string) { return string.string.s; }
inline bool hasContext(const Value & string) { return string.string.context != nullptr; }
inline std::string_view pathOf(const Value & path) { return path.path; }
inline int64_t integerOf(const Value & integer) { return integer.integer; }
inline bool booleanOf(const Value & boolean) { return boolean.boolean; }
inline double floatOf(const Value & number) { return number.fpoint; }

inline void force(EvalState & state, Value & value, Position position) { state.forceValue(value, *position); }

inline void call(EvalState & state, Value & function, Value & argument, Value & result, Position position)
{
    state.callFunction(function, argument, result, *position);
}

inline void setString(EvalState &, Value & value, std::string_view text) { value.mkString(text); }

/* A string whose context is the store path that it names. */
inline void setStorePath(EvalState & state, Value & value, const nix::StorePath & path)
{
    auto text = state.store->printStorePath(path);
    value.mkString(text, nix::PathSet{text});
}

inline void setList(EvalState & state, Value & value, const nix::ValueVector & elements)
{
    state.mkList(value, elements.size());
    for (size_t n = 0; n < elements.size(); n++)
        value.listElems()[n] = elements[n];
}

/* A string that a value was converted to. */
struct Converted
{
    std::string text;
    bool hasContext;
};

/* The string that `__toString` of a set gives, as builtins.toJSON sees it: paths are not copied to the store. */
inline Converted callToString(EvalState & state, Value & set, Position position)
{
    nix::PathSet context;
    auto text = *state.tryAttrsToString(*position, set, context, false, false);
    return {std::move(text), !context.empty()};
}

/* The store path string, with context, of a path value: what builtins.toJSON writes. */
inline void setCopied(EvalState & state, Value & result, Value & path, Position position)
{
    nix::PathSet context;
    auto text = state.coerceToString(*position, path, context, false, true).toOwned();
    result.mkString(text, context);
}

/* ---- functions ---- */

/* A primop's body as this plugin writes it; `arguments` are not forced. */
using Body = void(EvalState & state, Position call, Value * const * arguments, Value & result);

/* The same body as this Nix calls it. */
template<Body body>
void entry(EvalState & state, const nix::Pos & position, Value ** arguments, Value & result)
{
    body(state, &position, arguments, result);
}

/* A function of one or more arguments that no name leads to. */
template<Body body>
Value * makeFunction(EvalState & state, std::string_view name, size_t arity)
{
    auto function = new nix::PrimOp{entry<body>, arity, state.symbols.create(name), {}, nullptr};
    auto value = state.allocValue();
    value->mkPrimOp(function);
    return value;
}

/* Whether some plugin has registered a primop of this name. */
inline bool isRegistered(std::string_view name)
{
    if (nix::RegisterPrimOp::primOps)
        for (auto & other : *nix::RegisterPrimOp::primOps)
            if (other.name == name) return true;
    return false;
}

/* A text as `:doc` of the repl takes it: up to Nix 2.8 at least, boost::format reads it once more (`Logger::cout`). */
inline std::string forTheRepl(std::string_view text)
{
    std::string escaped;
    for (auto c : text) {
        if (c == '%') escaped += c;
        escaped += c;
    }
    return escaped;
}

template<Body body>
void registerFunction(std::string name, std::vector<std::string> arguments, const char * documentation)
{
    nix::RegisterPrimOp({
        .name = std::move(name), .args = std::move(arguments), .doc = documentation, .fun = entry<body>,
    });
}

/* A builtin that is a value, made when somebody looks; the argument of `body` means nothing. */
template<Body body>
void registerConstant(std::string name)
{
    registerFunction<body>(std::move(name), {}, nullptr);
}

/* The function that Nix code written in this plugin evaluates to. */
inline void evaluate(EvalState & state, std::string_view code, Value & result)
{
    state.eval(state.parseExprFromString(std::string(code), "/"), result);
}

/* ---- the store ---- */

/* Adds a NAR to the evaluator's store, addressed by its content. The garbage collector keeps it as long as this process
   lives. In read-only mode only the path is computed. */
inline nix::StorePath addArchive(EvalState & state, std::string_view archive, std::string_view name)
{
    auto & store = *state.store;
    auto path =
        store.makeFixedOutputPath(nix::FileIngestionMethod::Recursive, nix::hashString(nix::htSHA256, archive), name);
    state.allowPath(path);
    if (nix::settings.readOnlyMode) return path;
    /* First the root, then the look: a collection between the two would take the path away. */
    store.addTempRoot(path);
    if (store.isValidPath(path)) return path;
    nix::StringSource source(archive);
    return store.addToStoreFromDump(source, name, nix::FileIngestionMethod::Recursive, nix::htSHA256);
}

/* ---- errors ---- */

/* The message is taken as it is, never as a format. */
[[noreturn]] inline void fail(EvalState &, Position position, const std::string & message)
{
    throw nix::EvalError({.msg = nix::hintfmt("%1%", nix::normaltxt(message)), .errPos = *position});
}

inline void addTrace(EvalState &, nix::Error & error, Position position, const std::string & message)
{
    error.addTrace(
        isKnown(position) ? std::optional<nix::ErrPos>(*position) : std::nullopt,
        nix::hintfmt("%1%", nix::normaltxt(message)));
}

inline void warn(const std::string & message) { nix::warn("%s", message); }

/* ---- this very process ---- */

/* The version of the evaluator that has loaded the plugin. */
inline std::string_view runningVersion() { return nix::nixVersion; }

}
