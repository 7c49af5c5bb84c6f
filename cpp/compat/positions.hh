/* Places in Nix files. */
#pragma once

#include "nix.hh"

#include <string>
#include <variant>

namespace nix_compat {

#if NIX_MINOR < 9

/* A place; cheap to copy, never null. */
using Position = const nix::Pos *;

inline Position noPosition() { return &nix::noPos; }
inline bool isKnown(Position position) { return bool(*position); }
inline Position positionOf(const Attr & attribute) { return &*attribute.pos; }
/* Where the set was written, where Nix remembers it. All empty sets are one, which was written in many places. */
inline Position positionOf(const nix::Bindings & set) { return set.size() ? &*set.pos : noPosition(); }
/* The type that an attribute stores. */
inline auto storedPosition(Position position) { return nix::ptr<nix::Pos>(const_cast<nix::Pos *>(position)); }
/* The type that functions of the evaluator take. */
inline const nix::Pos & passed(Position position) { return *position; }

#else

using Position = nix::PosIdx;

inline Position noPosition() { return nix::noPos; }
inline bool isKnown(Position position) { return bool(position); }
inline Position positionOf(const Attr & attribute) { return attribute.pos; }
inline Position positionOf(const nix::Bindings & set) { return set.size() ? set.pos : noPosition(); }
inline Position storedPosition(Position position) { return position; }
inline Position passed(Position position) { return position; }

#endif

/* A known position for those who look into it. */
struct Place
{
    /* The file, or what stands for one in code that came from none. */
    std::string file;
    bool isFile;
    uint32_t line, column;
};

inline Place placeOfNone(bool isStdin, uint32_t line, uint32_t column)
{
    return {isStdin ? "(stdin)" : "(string)", false, line, column};
}

inline Place placeAt([[maybe_unused]] EvalState & state, Position position)
{
#if NIX_MINOR < 9
    auto & pos = *position;
#else
    auto pos = state.positions[position];
#endif
#if NIX_MINOR < 13
    if (pos.origin == nix::foFile) return {std::string(pos.file), true, pos.line, pos.column};
    return placeOfNone(pos.origin == nix::foStdin, pos.line, pos.column);
#else
#  if NIX_MINOR < 16
    if (auto file = std::get_if<nix::Path>(&pos.origin)) return {*file, true, pos.line, pos.column};
#  else
    if (auto file = std::get_if<nix::SourcePath>(&pos.origin)) return {file->to_string(), true, pos.line, pos.column};
#  endif
    return placeOfNone(std::holds_alternative<nix::Pos::Stdin>(pos.origin), pos.line, pos.column);
#endif
}

}
