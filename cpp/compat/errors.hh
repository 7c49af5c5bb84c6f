/* What is told to the user. */
#pragma once

#include "positions.hh"

#include <string>

namespace nix_compat {

/* The message is taken as it is, never as a format. */
#if NIX_MINOR < 21
inline auto verbatim(const std::string & message) { return nix::hintfmt("%1%", nix::normaltxt(message)); }
#else
inline auto verbatim(const std::string & message) { return nix::HintFmt("%1%", nix::Uncolored(message)); }
#endif

[[noreturn]] inline void fail([[maybe_unused]] EvalState & state, Position position, const std::string & message)
{
#if NIX_MINOR < 9
    throw nix::EvalError({.msg = verbatim(message), .errPos = *position});
#elif NIX_MINOR < 14
    throw nix::EvalError({.msg = verbatim(message), .errPos = state.positions[position]});
#elif NIX_MINOR < 21
    state.error("%1%", nix::normaltxt(message)).atPos(position).template debugThrow<nix::EvalError>();
    std::abort();
#else
    state.error<nix::EvalError>("%1%", nix::Uncolored(message)).atPos(position).debugThrow();
#endif
}

inline void
addTrace([[maybe_unused]] EvalState & state, nix::Error & error, Position position, const std::string & message)
{
#if NIX_MINOR < 9
    error.addTrace(isKnown(position) ? std::optional<nix::ErrPos>(*position) : std::nullopt, verbatim(message));
#else
    error.addTrace(state.positions[position], verbatim(message));
#endif
}

inline void warn(const std::string & message) { nix::warn("%s", message); }

}
