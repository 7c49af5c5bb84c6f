# shellcheck shell=bash disable=SC2154 # variables of the script that this is a part of
# Hostile plans, for tests/evaluator: whatever a plan holds, Nix ends in no other way than an error that names the attribute.

hostile=$root/tests/hostile

# Whether the value of a file in this folder is a set whose lists of what is wrong are empty, and all else that it counts is
# at least so much.
nothing_wrong() {
  local file=$1
  shift
  "$with" nix-instantiate --store "$PWD/store" --read-write-mode --option allow-import-from-derivation false --eval --strict \
    "$hostile/$file" "$@" >out
  sed 's/ \(wrong\)/\n\1/g' out
  [[ $(grep -oE 'wrong[A-Za-z]* = \[ \];' out | wc -l) == "$(grep -oE 'wrong[A-Za-z]* =' out | wc -l)" ]]
}

# How many the last run counted.
counted() { sed -nE "s/.* $1 = ([0-9]+);.*/\1/p" out; }

test_every_byte_in_every_string() {
  local n
  for n in {1..255}; do printf '%b' "\\x$(printf %x "$n")"; done >bytes
  nothing_wrong bytes.nix --arg bytes "$PWD/bytes"
  # All of ASCII but NUL is text; most of it is no host name.
  (($(counted fields) >= 50 && $(counted taken) >= 3000 && $(counted refused) >= 20000 && $(counted namesRefused) >= 1000))
}

test_every_context_in_every_string() {
  nothing_wrong contexts.nix
  (($(counted fields) >= 50 && $(counted taken) >= 200 && $(counted refused) >= 200))
  # Its builder fails, so whoever realised it would have failed.
  [[ -z $(find store/nix/store -name '*-with-context' -o -name '*-with-context-lib') ]]
}

# One value in one place: an error that says what it is to say and where; where Nix itself gives up, as it does without a plan.
hostile_value() {
  local value=$1 kind=$2 place=$3 says=$4 status=0
  timeout 100 "$with" nix-instantiate --store dummy:// --eval --show-trace --argstr place "$place" --argstr value "$value" \
    "$hostile/place.nix" >out 2>err || status=$?
  equal "$status" 1 && grep -qE -- "$says" err || return 1
  if [[ $kind == nix ]]; then
    status=0
    timeout 100 "$with" nix-instantiate --store dummy:// --eval --argstr place "" --argstr value "$value" --arg deep true \
      "$hostile/place.nix" >out 2>err || status=$?
    equal "$status" 1 && grep -qE -- "$says" err
  else
    grep -qF -- "$place" err && ! LC_ALL=C grep -q $'\x1b' err
  fi
}

test_every_hostile_value_in_every_kind_of_place() {
  local value kind place says count=0
  "$with" nix-instantiate --store dummy:// --eval --json --argstr place "" "$hostile/place.nix" >table
  while IFS=$'\t' read -r value kind place says; do
    hostile_value "$value" "$kind" "$place" "$says" || {
      echo "$value as $place:"
      head -c 2000 err
      return 1
    }
    count=$((count + 1))
  done < <(printf '%b\n' "$(sed 's/^"//; s/"$//; s/\\"/"/g' table)")
  ((count >= 300))
}

test_a_hundred_thousand_problems_are_counted_and_fifty_are_told() {
  local status=0
  timeout 60 "$with" nix-instantiate --store dummy:// --eval --expr '
    (builtins.mkSystemInstaller {
      name = "wrong";
      system = "x86_64-linux";
      init.command = builtins.genList (n: n) 100001;
    }).drvPath' 2>err || status=$?
  equal "$status" 1
  grep -F 'the installer plan has 100001 problems:' err
  equal "$(grep -c 'MSI001 init.command\[' err)" 50
  grep -F 'and 99951 more' err
}
