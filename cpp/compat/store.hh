/* The evaluator's store. */
#pragma once

#include "nix.hh"

#include <string_view>

namespace nix_compat {

/* The path of a NAR that is addressed by its content. */
inline nix::StorePath archivePath(const nix::Store & store, std::string_view archive, std::string_view name)
{
#if NIX_MINOR < 20
    auto hash = nix::hashString(nix::htSHA256, archive);
#else
    auto hash = nix::hashString(nix::HashAlgorithm::SHA256, archive);
#endif
#if NIX_MINOR < 24
    auto method = nix::FileIngestionMethod::Recursive;
#else
    auto method = nix::FileIngestionMethod::NixArchive;
#endif
#if NIX_MINOR < 16
    return store.makeFixedOutputPath(method, hash, name);
#elif NIX_MINOR < 17
    return store.makeFixedOutputPath(name, {.hash = {.method = method, .hash = hash}, .references = {}});
#else
    return store.makeFixedOutputPath(name, {.method = method, .hash = hash, .references = {}});
#endif
}

/* Adds a NAR to the evaluator's store, addressed by its content. The garbage collector keeps it as long as this process
   lives. In read-only mode only the path is computed. */
inline nix::StorePath addArchive(EvalState & state, std::string_view archive, std::string_view name)
{
    auto & store = *state.store;
    auto path = archivePath(store, archive, name);
    state.allowPath(path);
    if (nix::settings.readOnlyMode) return path;
    /* First the root, then the look: a collection between the two would take the path away. */
    store.addTempRoot(path);
    if (store.isValidPath(path)) return path;
    nix::StringSource source(archive);
    /* All else by default: a NAR, hashed as such with SHA-256. */
    return store.addToStoreFromDump(source, name);
}

}
