# shellcheck shell=bash disable=SC2154 # variables of the script that this is a part of
# Tests of with-plugin's settings, with a stand-in for the Nix that is not here: ./newer-nix. A part of tests/evaluator.

without='`nix-plugin/lib.nix` gives the same without a plugin'

# A with-plugin whose plugin is there, and the stand-in on PATH.
newer_nix() {
  mkdir -p bin plugin conf
  cp "$with" "$root/nix-plugin/plugin-files" plugin/
  printf '#!/bin/sh\necho %q\n' "$PWD/our.so" >plugin/build-plugin
  chmod +x plugin/build-plugin
  touch our.so theirs.so another.so
  local name
  for name in nix nix-instantiate; do
    ln -sf "$root/tests/with-plugin/newer-nix" "bin/$name"
  done
  export PATH=$PWD/bin:$PATH NIX_CONF_DIR=$PWD/conf
}

# From 2.33 on `extra-plugin-files` is an unknown setting.
test_a_newer_nix_loads_the_plugin() {
  newer_nix
  equal "$(plugin/with-plugin nix-instantiate --eval 2>&1)" "loaded: $PWD/our.so"
  local version
  for version in 2.33.0 2.34pre20251101_1a2b3c4 2.36.0pre20261101_649e823 2.100.1 3.0.0; do
    equal "$(STAND_IN_VERSION=$version plugin/with-plugin nix-instantiate --eval 2>&1)" "loaded: $PWD/our.so"
  done
}

test_a_newer_nix_keeps_the_plugins_of_the_user() {
  newer_nix
  echo "plugin-files = $PWD/theirs.so" >conf/nix.conf
  equal "$(plugin/with-plugin nix-instantiate --eval 2>&1)" "loaded: $PWD/theirs.so $PWD/our.so"
  # NIX_CONFIG goes before nix.conf, and its other settings stay.
  export NIX_CONFIG="experimental-features = flakes
plugin-files = $PWD/another.so   $PWD/theirs.so
cores = 3"
  equal "$(plugin/with-plugin nix-instantiate --eval 2>&1)" "loaded: $PWD/another.so $PWD/theirs.so $PWD/our.so"
  equal "$(plugin/with-plugin sh -c 'echo "$NIX_CONFIG"' | head -4)" "$NIX_CONFIG"$'\n'"plugin-files = $PWD/another.so $PWD/theirs.so $PWD/our.so"
  # Once, however often it is asked for.
  equal "$(plugin/with-plugin plugin/with-plugin nix-instantiate --eval 2>&1)" "loaded: $PWD/another.so $PWD/theirs.so $PWD/our.so"
}

test_what_a_newer_nix_says_is_said_once() {
  newer_nix
  export NIX_CONFIG="no-such-setting = 1"
  equal "$(plugin/with-plugin nix-instantiate --eval 2>&1 >out)" "warning: unknown setting 'no-such-setting'"
  equal "$(cat out)" "loaded: $PWD/our.so"
  local status=0
  NIX_CONFIG="plugin-files = $PWD/none.so" plugin/with-plugin nix-instantiate --eval >out 2>err || status=$?
  equal "$status" 1
  equal "$(cat out err)" "error: reading directory \"$PWD/none.so\": No such file or directory"
}

# As Debian's Nix, whose value is appended to without that it is asked.
test_an_older_nix_is_not_asked() {
  newer_nix
  rm bin/nix
  local version
  for version in 2.8.0 2.26.3 2.32.4 2.32.0pre20250901_1a2b3c4; do
    equal "$(STAND_IN_VERSION=$version plugin/with-plugin sh -c 'echo "$NIX_CONFIG"' | grep plugin-files)" \
      "extra-plugin-files = $PWD/our.so"
  done
}

# with-plugin and what it says where there is no plugin: one line, before it installs or builds anything.
refused() {
  local status=0
  PATH=$PWD/bin:$PATH "$with" true >said 2>&1 || status=$?
  equal "$status" 1
  sed 's/^with-plugin: //' said
}

test_lix_has_no_plugin_built() {
  mkdir bin
  # As its printVersion does (lix/libmain/shared.cc).
  printf '#!/bin/sh\necho "nix-instantiate (Lix, like Nix) 2.93.3"\necho "System type: x86_64-linux"\n' >bin/nix-instantiate
  chmod +x bin/nix-instantiate
  equal "$(refused)" "the \`nix-instantiate\` on PATH is Lix, whose plugins have another interface: $without"
}

# Debian's own from 13 on.
test_a_nix_without_libraries_has_no_plugin_built() {
  mkdir bin
  printf '#!/bin/sh\necho "nix-instantiate (Nix) 2.26.3"\n' >bin/nix-instantiate
  printf '#!/bin/sh\nexit 1\n' >bin/pkg-config
  printf '#!/bin/sh\ntouch %q\n' "$PWD/called" >bin/cargo
  chmod +x bin/*
  equal "$(refused)" "pkg-config does not find the libraries of Nix (\`nix-expr\`): a plugin needs a Nix with shared libraries; $without"
  [[ ! -e called ]]
}
