# shellcheck shell=bash disable=SC2154 # variables of the script that this is a part of
# The plugin in what surrounds an evaluation: a daemon, other evaluators, restrictions, another machine to build for. Tests
# of tests/evaluator, with its variables and functions.

# A plan whose system can be built.
cat >"$scratch/small.nix" <<'END'
{ name = "small"; system = "x86_64-linux"; init.command = [ "/init" ]; }
END

test_nix_eval_gives_the_filled_in_plan_as_json() {
  "$with" nix eval --store "$PWD/store" --json --impure --expr "(import $scratch/hello.nix).plan" >json
  # The same as the evaluator's other command gives, so in one line, and with the file's store path for its path.
  equal "$(cat json)" "$("$with" nix-instantiate --store "$PWD/store" --eval --json --strict -A plan "$scratch/hello.nix")"
  grep -F '"hostName":"hello"' json
  grep -E '"source":"/nix/store/[0-9a-z]{32}-plan\.nix"' json
}

test_nix_build_builds_the_installer_of_a_flake() {
  mkdir flake
  cp "$scratch/small.nix" flake/
  echo '{ outputs = { self }: { small = builtins.mkSystemInstaller (import ./small.nix); }; }' >flake/flake.nix
  "$with" nix --extra-experimental-features flakes build --store "$PWD/store" --no-link "path:$PWD/flake#small"
  grep -q '"command"' "$PWD"/store/nix/store/*-small/post-init
}

test_a_daemon_needs_no_plugin() {
  local daemon system
  # The daemon, without any setting of the client's, of a store of its own.
  NIX_CONFIG=$'build-users-group =\nsandbox = true\nsandbox-fallback = false\nsubstituters =\nstore = '"$PWD/store" \
    NIX_DAEMON_SOCKET_PATH=$PWD/socket nix-daemon >log 2>&1 &
  daemon=$!
  for _ in {1..100}; do
    [[ ! -e socket ]] || break
    sleep 0.1
  done
  export NIX_REMOTE="unix://$PWD/socket?root=$PWD/store"
  system=$("$with" nix-build --no-out-link --expr "builtins.mkSystemInstaller (import $scratch/small.nix)") || {
    cat log
    kill "$daemon"
    return 1
  }
  # It has what the plugin brings, and what was built with it.
  equal "$("$with" nix-store --query --references "$system" | sed 's/.*[0-9a-z]\{32\}-//' | sort | xargs)" \
    "small system-installer-runtime-$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml")"
  kill "$daemon"
  wait "$daemon" || true
  [[ -x $PWD/store$system/init ]]
}

test_restricted_evaluation_reads_what_it_may() {
  local open
  mkdir other
  echo 'not for everybody' >other/secret
  open=$("$with" nix-instantiate --store "$PWD/store" "$scratch/hello.nix" 2>/dev/null)
  equal "$("$with" nix-instantiate --store "$PWD/store" --restrict-eval -I "$scratch/hello.nix" -I "$scratch/plan.nix" \
    "$scratch/hello.nix" 2>/dev/null)" "$open"
  # A file that the plan names is none that it may read.
  echo "builtins.mkSystemInstaller (import $scratch/small.nix // { files.\"/etc/secret\".source = ./other/secret; })" >secret.nix
  if "$with" nix-instantiate --store "$PWD/store" --restrict-eval -I "$PWD/secret.nix" -I "$scratch/small.nix" secret.nix 2>err; then
    return 1
  fi
  grep -E "access to (absolute )?path '.*' is forbidden in restricted mode" err
}

test_a_system_for_another_machine_is_built_here() {
  local builder foreign system
  builder=$("$with" nix-instantiate --store "$PWD/store" --eval --read-write-mode -A builder "$scratch/hello.nix" | tr -d '"')
  mkdir -p foreign/bin
  echo 'a program for another machine' >foreign/bin/system-installer-runtime
  foreign=$("$with" nix-store --store "$PWD/store" --add foreign)
  echo "builtins.mkSystemInstaller (import $scratch/small.nix // {
    system = \"aarch64-linux\"; buildSystem = \"x86_64-linux\"; runtime = $foreign; })" >cross.nix
  equal "$("$with" nix-instantiate --store "$PWD/store" --eval -A builder cross.nix)" "\"$builder\""
  system=$("$with" nix-build --store "$PWD/store" --no-out-link cross.nix)
  # The program of this machine has written scripts for that of the other.
  equal "$(head -c $((${#foreign} + 2)) "$PWD/store$system/init")" "#!$foreign"
  "$with" nix-store --store "$PWD/store" --query --references "$system" | grep -x "$foreign"
}

test_several_evaluators_at_once() {
  local processes=() process
  # Two that make a store's database at once are a race of Nix's own.
  nix-store --store "$PWD/store" --gc --print-roots >/dev/null
  for n in {1..6}; do
    "$with" nix-instantiate --store "$PWD/store" "$scratch/hello.nix" >"out$n" 2>"err$n" &
    processes+=($!)
  done
  for process in "${processes[@]}"; do
    wait "$process" || {
      cat err*
      return 1
    }
  done
  # One and the same.
  equal "$(cat out? | sort -u | wc -l)" 1
  equal "$(find "$PWD"/store/nix/store -maxdepth 1 -name '*-system-installer-runtime-[0-9]*' | wc -l)" 1
}
