/* Values, and what is inside them. */
#pragma once

#include "positions.hh"

#include <string>
#include <string_view>
#include <vector>

namespace nix_compat {

/* ---- attribute sets ---- */

#if NIX_MINOR < 22
using Bindings = nix::Bindings;
inline Bindings & attributesOf(Value & value) { return *value.attrs; }
#else
using Bindings = const nix::Bindings;
inline Bindings & attributesOf(Value & value) { return *value.attrs(); }
#endif

inline const Attr * find(Bindings & set, Symbol name) { return set.get(name); }

inline std::vector<const Attr *> sortedByName([[maybe_unused]] EvalState & state, Bindings & set)
{
#if NIX_MINOR < 9
    return set.lexicographicOrder();
#else
    return set.lexicographicOrder(state.symbols);
#endif
}

/* The text lives as long as the evaluator. */
inline std::string_view nameOf([[maybe_unused]] EvalState & state, Symbol symbol)
{
#if NIX_MINOR < 9
    return symbol;
#else
    return state.symbols[symbol];
#endif
}

/* ---- lists ---- */

#if NIX_MINOR < 30
inline Value * elementOf(Value & list, size_t index) { return list.listElems()[index]; }
#else
inline Value * elementOf(Value & list, size_t index) { return list.listView()[index]; }
#endif

/* What tells one list from another while it lives. */
inline const void * identityOf(Value & list)
{
#if NIX_MINOR < 30
    return list.listElems();
#else
    /* What a view gives may be a copy of what is in the value itself. */
    return &list;
#endif
}

inline void setList([[maybe_unused]] EvalState & state, Value & value, const nix::ValueVector & elements)
{
#if NIX_MINOR < 22
    state.mkList(value, elements.size());
    for (size_t n = 0; n < elements.size(); n++)
        value.listElems()[n] = elements[n];
#else
    auto list = state.buildList(elements.size());
    for (size_t n = 0; n < elements.size(); n++)
        list[n] = elements[n];
    value.mkList(list);
#endif
}

/* ---- strings, paths and numbers ---- */

#if NIX_MINOR < 19
inline std::string_view textOf(const Value & string) { return string.string.s; }
inline bool hasContext(const Value & string) { return string.string.context != nullptr; }
#else
inline std::string_view textOf(const Value & string) { return string.string_view(); }
inline bool hasContext(const Value & string) { return string.context() != nullptr; }
#endif

inline std::string pathOf(const Value & path)
{
#if NIX_MINOR < 16
    return path.path;
#else
    return path.path().path.abs();
#endif
}

#if NIX_MINOR < 22
inline int64_t integerOf(const Value & integer) { return integer.integer; }
inline bool booleanOf(const Value & boolean) { return boolean.boolean; }
inline double floatOf(const Value & number) { return number.fpoint; }
#else
#  if NIX_MINOR < 25
inline int64_t integerOf(const Value & integer) { return integer.integer(); }
#  else
inline int64_t integerOf(const Value & integer) { return integer.integer().value; }
#  endif
inline bool booleanOf(const Value & boolean) { return boolean.boolean(); }
inline double floatOf(const Value & number) { return number.fpoint(); }
#endif

inline void setString([[maybe_unused]] EvalState & state, Value & value, std::string_view text)
{
#if NIX_MINOR < 33
    value.mkString(text);
#else
    value.mkString(text, state.mem);
#endif
}

/* What strings refer to. */
#if NIX_MINOR < 16
using Context = nix::PathSet;
#else
using Context = nix::NixStringContext;
#endif

inline void setString([[maybe_unused]] EvalState & state, Value & value, std::string_view text, const Context & context)
{
#if NIX_MINOR < 33
    value.mkString(text, context);
#else
    value.mkString(text, context, state.mem);
#endif
}

/* A string whose context is the store path that it names. */
inline void setStorePath(EvalState & state, Value & value, const nix::StorePath & path)
{
    auto text = state.store->printStorePath(path);
#if NIX_MINOR < 16
    setString(state, value, text, Context{text});
#else
    setString(state, value, text, Context{nix::NixStringContextElem::Opaque{path}});
#endif
}

/* ---- garbage collection ---- */

/* What keeps the value for as long as it lives itself. */
#if __has_include("nix/expr/root-value.hh")
/* Determinate Nix, from 3.21.5 on */
inline nix::RootValue rooted(Value * value) { return nix::RootValue(value); }
#else
inline nix::RootValue rooted(Value * value) { return nix::allocRootValue(value); }
#endif

/* ---- evaluation ---- */

inline void force(EvalState & state, Value & value, Position position) { state.forceValue(value, passed(position)); }

inline void call(EvalState & state, Value & function, Value & argument, Value & result, Position position)
{
    state.callFunction(function, argument, result, passed(position));
}

/* The value's text, as builtins.toString gives it for strings, paths and sets that stand for one. */
inline std::string
coerceToString(EvalState & state, Value & value, Position position, Context & context, bool copyPathsToStore)
{
#if NIX_MINOR < 14
    return state.coerceToString(passed(position), value, context, false, copyPathsToStore).toOwned();
#else
    return state
        .coerceToString(
            position, value, context, "while evaluating a string of the installer plan", false, copyPathsToStore)
        .toOwned();
#endif
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
    Context context;
    auto text = coerceToString(state, set, position, context, false);
    return {std::move(text), !context.empty()};
}

/* The store path string, with context, of a path value: what builtins.toJSON writes. */
inline void setCopied(EvalState & state, Value & result, Value & path, Position position)
{
    Context context;
    auto text = coerceToString(state, path, position, context, true);
    setString(state, result, text, context);
}

/* The value of Nix code that is written in this plugin. */
inline void evaluate(EvalState & state, std::string_view code, Value & result)
{
#if NIX_MINOR < 16
    auto root = "/";
#else
    auto root = state.rootPath(nix::CanonPath("/"));
#endif
    state.eval(state.parseExprFromString(std::string(code), root), result);
}

}
