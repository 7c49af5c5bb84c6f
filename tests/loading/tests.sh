# shellcheck shell=bash disable=SC2154 # variables of the script that this is a part of
# Tests of what the plugin does in an evaluator that it is not for, by ./stand-in.cc. A part of tests/evaluator.

# loaded_by [NAME=TEXT]...: what the plugin says in an evaluator with these texts, which goes on.
loaded_by() {
  c++ -std=c++17 -rdynamic "${@/#/-D}" -o stand-in "$root/tests/loading/stand-in.cc" -ldl
  ./stand-in "$plugin" >out 2>err || fail "$(cat err)"
  equal "$(cat out)" evaluated
  equal "$(wc -l <err)" 1
  cat err
}

# The words before that, and behind.
built_for() { echo "warning: nix-system-installer $(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml") was built for Nix $(running)"; }
running() { nix-instantiate --version | sed 's/.* //'; }
absent='`builtins.mkSystemInstaller` is not there'

test_a_static_nix_is_told_what_it_lacks() {
  equal "$(loaded_by)" "$(built_for | sed 's/ was built.*//') cannot work in this Nix, which is linked statically; $absent: $without"
}

# Its number is upstream's, and its values are laid out in another way.
test_determinate_nix_is_refused() {
  equal "$(loaded_by "NIX_VERSION=\"$(running)\"" 'DETERMINATE_NIX_VERSION="3.9.1"')" \
    "$(built_for) and this is Determinate Nix 3.9.1, which has another interface; $absent: $without"
}

test_lix_is_refused() {
  local version
  for version in 2.90.0 2.93.4 2.94.0-pre20250807-abcdef0 2.96.0-dev; do
    equal "$(loaded_by "NIX_VERSION=\"$version\"")" "$(built_for) and this is Lix $version, which has another interface; $absent: $without"
  done
}

test_a_nix_that_is_no_release_is_refused() {
  equal "$(loaded_by 'NIX_VERSION="2.36.0pre20261101_649e823"')" \
    "$(built_for) and this is Nix 2.36.0pre20261101_649e823; $absent"
}

# Looked for when it is loaded, not when they are used: data, and functions whose address is taken.
test_nothing_of_nix_must_be_there_to_load_it() {
  readelf --wide --relocs "$plugin" | awk '$3 !~ /JUMP_SLO/ && $5 { sub("@.*", "", $5); print $5 }' | sort -u >early
  readelf --wide --dyn-syms "$plugin" | awk '$5 == "GLOBAL" && $7 == "UND" { print $8 }' | grep -v @ | sort -u >needed
  grep -x '_ZN3nix14RegisterPrimOpC.*' needed
  equal "$(comm -12 early needed)" ""
}
