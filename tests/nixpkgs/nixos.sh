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

# --- what a menu loses ---

# told_by MODE CASE: what comes with it, a line each: `error` or `warning`, and the option.
told_by() {
  local mode=$1 case=$2 status=error
  case $mode in
    boot) echo "{ imports = [ $case ]; system.installer.bootLoader.enable = true; }" >mode.nix ;;
    image)
      echo "{ pkgs, ... }: { imports = [ $case ]; system.installer.disks = import $PWD/disks.nix;
        system.installer.image.mkfs.ext4 = pkgs.e2fsprogs; }" >mode.nix
      ;;
    *) echo "{ imports = [ $case ]; }" >mode.nix ;;
  esac
  case $mode in
    boot) installed "$PWD/mode.nix" toplevel && status=warning ;;
    image) installed "$PWD/mode.nix" installerImage && status=warning ;;
    *) installed "$PWD/mode.nix" installer && status=warning ;;
  esac >/dev/null
  grep -o 'does \(nothing about\|not install\) `[^`]*`' told | sed "s/.* \`\(.*\)\`/$status \1/"
}

the_disks() {
  cat >disks.nix <<'END'
{
  main.device = "/dev/sda";
  main.content.type = "gpt";
  main.content.partitions.bios = { size = "1M"; type = "EF02"; };
  main.content.partitions.ESP = {
    size = "512M";
    type = "EF00";
    content = { type = "filesystem"; format = "vfat"; mountpoint = "/boot"; };
  };
  main.content.partitions.root = {
    size = "100%";
    content = { type = "filesystem"; format = "ext4"; mountpoint = "/"; };
  };
}
END
}

# each_setting BASE LIST: for each line of LIST, `KIND OPTION = VALUE;` below `boot.loader`, every mode tells it once as KIND.
each_setting() {
  local kind option value mode
  the_disks
  while read -r kind option value; do
    echo "{ pkgs, ... }: { $1 boot.loader.$option $value }" >set.nix
    for mode in boot installer image; do
      echo "$mode: boot.loader.$option $value"
      same "$(told_by "$mode" "$PWD/set.nix")" "$kind boot.loader.$option"
    done
  done
}

test_a_menu_of_grub_says_what_it_loses() {
  each_setting 'networking.hostName = "a"; fileSystems."/".label = "root"; boot.loader.grub.device = "/dev/sda";' <<'END'
error grub.users = { root.hashedPasswordFile = "/grub"; };
error grub.enableCryptodisk = true;
error grub.forcei686 = true;
warning grub.configurationName = "x";
warning grub.default = 2;
warning grub.entryOptions = "--class x";
warning grub.extraEntries = "menuentry x { reboot; }";
warning grub.extraGrubInstallArgs = [ "--modules=x" ];
warning grub.extraInstallCommands = "true";
warning grub.extraPerEntryConfig = "x";
warning grub.extraPrepareConfig = "x";
warning grub.font = "/font.pf2";
warning grub.gfxmodeBios = "auto";
warning grub.splashImage = "/splash.png";
warning grub.theme = "/theme";
warning grub.timeoutStyle = "hidden";
warning grub.useOSProber = true;
warning grub.zfsSupport = true;
END
}

test_a_menu_of_systemd_boot_says_what_it_loses() {
  each_setting 'networking.hostName = "a"; fileSystems."/".label = "root"; boot.loader.systemd-boot.enable = true;
    fileSystems."/boot" = { device = "/dev/disk/by-partlabel/disk-main-ESP"; fsType = "vfat"; };' <<'END'
warning systemd-boot.consoleMode = "max";
warning systemd-boot.edk2-uefi-shell.enable = true;
warning systemd-boot.extraEntries = { "x.conf" = "title x"; };
warning systemd-boot.extraFiles = { x = "/x"; };
warning systemd-boot.extraInstallCommands = "true";
warning systemd-boot.installDeviceTree = true;
warning systemd-boot.memtest86.enable = true;
warning systemd-boot.sortKey = "x";
warning systemd-boot.windows = { x = { }; };
warning systemd-boot.xbootldrMountPoint = "/xbootldr";
END
}

# Its own menu has the installer: a toplevel's has what the toplevel's bootspec names.
test_secrets_and_specialisations_are_in_menus_of_toplevels() {
  local name mode
  the_disks
  cat >secrets.nix <<'END'
{
  networking.hostName = "a";
  fileSystems."/".label = "root";
  boot.loader.grub.device = "/dev/sda";
  boot.initrd.secrets."/key" = "/var/key";
}
END
  cat >specialisation.nix <<'END'
{
  networking.hostName = "a";
  fileSystems."/".label = "root";
  boot.loader.grub.device = "/dev/sda";
  specialisation.quiet.configuration.boot.kernelParams = [ "quiet" ];
}
END
  for name in secrets specialisation; do
    echo "{ imports = [ $PWD/$name.nix ]; boot.initrd.systemd.enable = true; system.installer.initrd.enable = true; }" >"$name-toplevel.nix"
    for mode in boot installer image; do
      echo "$mode $name $(told_by "$mode" "$PWD/$name.nix"), of a toplevel $(told_by "$mode" "$PWD/$name-toplevel.nix")"
    done
  done >found
  cat >expected <<'END'
boot secrets , of a toplevel 
installer secrets error boot.initrd.secrets, of a toplevel 
image secrets error boot.initrd.secrets, of a toplevel error boot.initrd.secrets
boot specialisation , of a toplevel 
installer specialisation warning specialisation, of a toplevel 
image specialisation warning specialisation, of a toplevel 
END
  diff -u expected found
}

test_a_boot_loader_that_no_plan_has_makes_no_image() {
  local name mode
  the_disks
  for name in generationsDir generic-extlinux-compatible initScript limine refind; do
    cat >"$name.nix" <<END
{ networking.hostName = "a"; fileSystems."/".label = "root"; boot.loader.grub.enable = false; boot.loader.$name.enable = true; }
END
    for mode in boot:error installer:warning image:error; do
      echo "$name $mode"
      same "$(told_by "${mode%:*}" "$PWD/$name.nix" | sort -u | tail -n 1)" "${mode#*:} boot.loader.$name"
      same "$(grep -c system.installer told)" 1
    done
  done
  # Where the plan says what is to be installed, that is.
  cat >plan.nix <<'END'
{ config, lib, pkgs, ... }: {
  imports = [ ./limine.nix ];
  system.installer.plan.boot = {
    kernel = "${pkgs.linux}/bzImage";
    initrd = "${config.system.build.initialRamdisk}/initrd";
    loader.grub = { device = "/dev/sda"; package = pkgs.grub2; };
  };
}
END
  same "$(told_by image "$PWD/plan.nix")" ""
  # A theme is no boot loader.
  cat >theme.nix <<'END'
{ lib, ... }: {
  options.boot.loader.grub2-theme.enable = lib.mkOption { type = lib.types.bool; default = true; };
  config = { networking.hostName = "a"; fileSystems."/".label = "root"; boot.loader.grub.device = "/dev/sda"; };
}
END
  same "$(told_by image "$PWD/theme.nix")" ""
}

test_all_that_an_image_cannot_be_is_told_at_once() {
  the_disks
  cat >wrong.nix <<'END'
{
  networking.hostName = "a";
  fileSystems."/".label = "root";
  fileSystems.data = { mountPoint = "data"; device = "/dev/sdb"; };
  boot.loader.grub.device = "/dev/sda";
  boot.loader.grub.users.root.hashedPasswordFile = "/grub";
  boot.loader.refind.enable = true;
  boot.initrd.secrets."/key" = "/var/key";
  system.installer.disks = import ./disks.nix;
}
END
  # Two boot loaders are one too many for NixOS itself.
  echo "{ lib, ... }: { imports = [ ./wrong.nix ]; system.build.installBootLoader = lib.mkForce \"/bin/true\"; }" >one.nix
  if installed "$PWD/one.nix" installerImage; then fail 'it is right'; fi
  cat told
  for what in boot.loader.grub.users boot.loader.refind boot.initrd.secrets fileSystems.data; do
    same "$(grep -c -F "$what" told)" 1 "$what"
  done
}
