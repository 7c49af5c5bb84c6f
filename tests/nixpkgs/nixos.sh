# shellcheck shell=bash
# Tests of module.nix as a part of a whole NixOS: what it leaves alone, and what it tells of whom. tests/packaging runs them;
# `root`, `lib`, `with`, `nixos` and `normalise` are its.
# shellcheck disable=SC2154

# --- a NixOS that makes no use of it ---

# drvs SYSTEM MODULE: what a system and its VMs are built of; MODULE is null, or the module.
drvs() {
  cat >drvs.nix <<'END'
{
  lib,
  nixos,
  system,
  module,
}:
let
  # Where there is no module, its options say nothing.
  none.options.system.installer = lib.mkOption {
    type = lib.types.lazyAttrsOf lib.types.raw;
    default = { };
  };
  inherit
    (import nixos {
      inherit lib;
      modules = [
        system
        (if module == null then none else module)
      ];
    })
    config
    ;
in
map (config: config.system.build.toplevel.drvPath) [
  config
  config.virtualisation.vmVariant
  config.virtualisation.vmVariantWithBootLoader
]
END
  nix-instantiate --eval --strict --read-write-mode --json drvs.nix --arg lib "import $lib" \
    --arg nixos "$root/tests/nixpkgs/nixos" --arg system "$1" --arg module "$2"
}

# Whether the plugin is there or not: each of them is valid, so that nothing is asserted of it and nothing told.
test_the_module_changes_no_system_that_makes_no_use_of_it() {
  local system module=$root/nix-plugin/module.nix
  export root lib
  export -f drvs
  for system in "$root"/tests/nixpkgs/valid/*.nix; do
    echo "$system"
    drvs "$system" null >without
    drvs "$system" "$module" >with 2>told
    "$with" bash -euc 'drvs "$@"' drvs "$system" "$module" >loaded 2>>told
    same "$(cat with)" "$(cat without)"
    same "$(cat loaded)" "$(cat without)"
    if grep 'system.installer\|MSI' told; then fail 'what is it told for?'; fi
  done
}

# installed CASE ATTRIBUTE: as `nixos`, with what is told in `told`.
installed() { nixos "$1" "config.system.build.$2" 2>told; }

# What is wrong for an installer alone is told when it is asked for, each once.
test_an_installer_is_asked_for_before_its_mistakes_are_told() {
  local name valid=$root/tests/nixpkgs/valid
  for name in board cloud container guest limine live nfs specialisations uefi; do
    echo "$name"
    installed "$valid/$name.nix" installer || { cat told && fail 'it can be installed'; }
  done
  for name in esp-of-systemd:MSI126 f2fs:MSI155 xen:MSI108 zfs:MSI155; do
    if installed "$valid/${name%:*}.nix" installer; then fail "${name%:*} cannot be installed"; fi
    same "$(grep -o 'MSI[0-9]*' told | sort | uniq -d)" "" "told twice"
    grep "${name#*:}" told
  done
}

test_a_container_has_no_boot_loader_to_lose() {
  cat >container.nix <<'END'
{
  networking.hostName = "a";
  boot.isContainer = true;
  boot.loader.grub.enable = true;
  boot.loader.grub.device = "/dev/sda";
  boot.loader.grub.users.root.hashedPasswordFile = "/grub";
  boot.initrd.secrets."/key" = "/var/key";
  specialisation.quiet.configuration = { };
  fileSystems."/data" = { device = "/host/data"; options = [ "bind" ]; };
}
END
  installed "$PWD/container.nix" installer || { cat told && fail 'it can be installed'; }
  if grep 'system.installer' told; then fail 'it loses nothing'; fi
}

# --- the boot loader where it is enabled ---

test_a_specialisation_and_a_vm_go_with_the_boot_loader() {
  local name
  for name in grub grub-devices systemd-boot; do
    cat >"$name.nix" <<END
{ config, lib, ... }:
{
  networking.hostName = "a";
  boot.initrd.systemd.enable = true;
  boot.loader.systemd-boot.enable = ${name/*systemd-boot/true};
  fileSystems."/" = { label = "root"; fsType = "ext4"; };
  fileSystems."/boot" = lib.mkIf config.boot.loader.systemd-boot.enable { label = "ESP"; fsType = "vfat"; };
  specialisation.quiet.configuration.boot.kernelParams = [ "quiet" ];
  system.installer.bootLoader.enable = true;
  system.installer.initrd.enable = true;
}
END
  done
  sed -i 's/= grub.*;/= false; boot.loader.grub.device = "\/dev\/sda";/' grub.nix
  sed -i 's/= grub.*;/= false; boot.loader.grub.devices = [ "\/dev\/sda" ];/' grub-devices.nix
  for name in grub grub-devices systemd-boot; do
    echo "$name"
    for attribute in build virtualisation.vmVariantWithBootLoader.system.build; do
      nixos "$PWD/$name.nix" "config.${attribute/#build/system.build}.installBootLoader" --eval --json 2>/dev/null |
        normalise >found
      same "$(cat found)" '"/nix/store/HASH-a/pre-boot"'
    done
    # QEMU starts it by its kernel: what would be installed, and where?
    nixos "$PWD/$name.nix" config.virtualisation.vmVariant.system.build.toplevel
    nixos "$PWD/$name.nix" config.virtualisation.vmVariant.system.build.installBootLoader --eval >found 2>/dev/null
    if grep pre-boot found; then fail 'there is no boot loader'; fi
    nixos "$PWD/$name.nix" config.specialisation.quiet.configuration.system.build.installBootLoader --eval --json \
      2>/dev/null | normalise >"$name"
  done
  # Where NixOS takes the disk away, a child cannot tell it from nothing.
  same "$(cat grub grub-devices systemd-boot)" '"/nix/store/HASH-no-boot-loader""/nix/store/HASH-a/pre-boot""/nix/store/HASH-a/pre-boot"'
  # The same of a system that says it itself is a mistake.
  cat >nodev.nix <<END
{ lib, ... }: { imports = [ ./grub.nix ]; boot.loader.grub.device = lib.mkForce "nodev"; }
END
  if nixos "$PWD/nodev.nix" config.system.build.toplevel 2>err; then fail 'GRUB for nothing'; fi
  grep MSI108 err
}

# --- older releases ---

# As of 17.03: no option here is newer.
test_an_older_nixos_has_fewer_options() {
  local enabled
  for enabled in false true; do
    nix-instantiate --eval --strict --read-write-mode --json "$root/tests/nixpkgs/older.nix" --arg lib "import $lib" \
      --arg isEnabled "$enabled" >"$enabled"
    cat "$enabled"
  done
  grep -F '"boot":{"errors":[],"warnings":[]}' false
  grep -F '"hasNoDevice":false' false
  grep -F '"isDirectlyStarted":false' false
  grep -o 'boot.loader[a-zA-Z.]*`' true >told
  same "$(cat told)" 'boot.loader.grub.enableCryptodisk`
boot.loader.grub.trustedBoot.enable`
boot.loader.grub.useOSProber`'
}

# A definition of an option that is not there is an error, whatever its condition.
test_the_module_defines_no_option_that_an_older_nixos_lacks() {
  cat >bare.nix <<'END'
{ lib, module, loadPlugin }:
let
  raw = lib.mkOption { type = lib.types.raw; };
  list = lib.mkOption { type = lib.types.listOf lib.types.raw; default = [ ]; };
in
(lib.evalModules {
  specialArgs.pkgs = { };
  modules = [
    module
    {
      options = {
        assertions = list;
        warnings = list;
        boot.initrd.enable = lib.mkOption { type = lib.types.bool; default = true; };
        boot.loader.grub.device = raw;
        boot.postBootCommands = raw;
        fileSystems = lib.mkOption { type = lib.types.attrsOf lib.types.raw; default = { }; };
        swapDevices = list;
        networking.hostName = raw;
        nix.extraOptions = lib.mkOption { type = lib.types.lines; default = ""; };
        system.build = lib.mkOption { type = lib.types.lazyAttrsOf lib.types.raw; };
      };
      config.system.installer.loadPlugin = loadPlugin;
      config.system.installer.package = "${builtins.storeDir}/0c8s8cqmd8cfqzkmp2yj22c1nbzz6v4h-plugin";
    }
  ];
}).config
END
  bare() {
    nix-instantiate --eval --strict --json bare.nix --arg lib "import $lib" --arg module "$root/nix-plugin/module.nix" \
      --arg loadPlugin "$1" -A "$2"
  }
  same "$(bare false boot.initrd)" '{"enable":true}'
  same "$(bare false assertions)$(bare false warnings)$(bare false fileSystems)$(bare false swapDevices)" '[][]{}[]'
  same "$(bare false nix)" '{"extraOptions":""}'
  bare true nix | grep 'plugin-files = .*/lib/libnix_system_installer.so'
}
