# shellcheck shell=bash
# For the scripts in this folder: the examples with their packages, a folder for the run, and the tally.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
((EUID == 0)) || { echo "$0: only root can start these systems" >&2 && exit 1; }

# shellcheck source=tests/lib/tally.sh
. tests/lib/tally.sh
# shellcheck source=tests/systems/listing.sh
. tests/systems/listing.sh

# shellcheck disable=SC2034 # for the scripts
project=$PWD examples=$PWD/nix-plugin/examples run=$PWD/nix-plugin/run
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf --one-file-system "$work"' EXIT

# A build that needs anything from outside of the sandbox fails, and nothing is asked of a binary cache.
export NIX_CONFIG="sandbox = true
sandbox-fallback = false
substituters ="
nix-plugin/examples/debian/fetch
nix-plugin/build-plugin >/dev/null

# The output of a file with Nix arguments; built, and kept from garbage collection while the tests run.
build() {
    "$project/nix-plugin/with-plugin" nix-build --add-root "$(mktemp -u "$work/result.XXXXXX")" "$@" | xargs readlink -f
}
