# shellcheck shell=bash
# Tests of what module.nix tells of settings that the menu of `pre-boot` does not have. tests/packaging runs them; `installed` is
# of nixos.sh.

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
  for name in generationsDir initScript limine refind; do
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
