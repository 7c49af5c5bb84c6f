# shellcheck shell=bash
# Tests in shell: `check NAME COMMAND...` prints `ok NAME` or `not ok NAME (reason)`, `summary` the last line,
# `N passed, N failed`. COMMAND is a function that fails by `fail REASON` or by any command that fails in it.

passed=0 failed=0

# Ends a test.
fail() {
    echo "$*"
    exit 1
}

# Fails unless the two texts are the same.
same() {
    [[ $1 == "$2" ]] || {
        diff <(echo "$1") <(echo "$2") | head -40
        fail "${3:-they differ}"
    }
}

check() {
    local name=$1 log status=0
    shift
    log=$(mktemp)
    # Not as part of a condition, where `set -e` has no effect.
    set +e
    (
        set -euo pipefail
        "$@"
    ) </dev/null >"$log" 2>&1
    status=$?
    set -e
    if ((status == 0)); then
        echo "ok $name"
        ((++passed))
    else
        sed 's/^/    /' "$log" | tail -n 60
        echo "not ok $name ($(tail -n 1 "$log" | cut -c-200), status $status)"
        ((++failed))
    fi
    rm -f "$log"
}

summary() {
    echo "$passed passed, $failed failed"
    ((failed == 0))
}
