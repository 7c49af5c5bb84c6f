# What the module makes of a NixOS of 17.03, which has no specialisations, no bootspecs and fewer settings of its boot loaders: no
# option here is newer.
{
  lib,
  # Whether settings are on that a menu loses.
  isEnabled,
}:

let
  pkgs = import ./. { };
  config = {
    boot.isContainer = false;
    boot.initrd.enable = true;
    boot.kernelPackages.kernel = pkgs.linux;
    boot.kernelParams = [ ];
    boot.loader = {
      efi.canTouchEfiVariables = false;
      efi.efiSysMountPoint = "/boot";
      generationsDir.enable = false;
      grub = {
        configurationLimit = 100;
        device = "/dev/sda";
        efiInstallAsRemovable = false;
        efiSupport = false;
        enable = true;
        enableCryptodisk = isEnabled;
        extraConfig = "";
        mirroredBoots = [ { path = "/boot"; devices = [ "/dev/sda" ]; efiSysMountPoint = "/boot"; } ];
        trustedBoot.enable = isEnabled;
        useOSProber = isEnabled;
      };
      initScript.enable = false;
      systemd-boot.enable = false;
      timeout = 5;
    };
    fileSystems."/" = { mountPoint = "/"; device = "/dev/sda1"; fsType = "ext4"; options = [ "defaults" ]; };
    networking.hostName = "a";
    nix.package = pkgs.nix;
    system.boot.loader = { kernelFile = "bzImage"; initrdFile = "initrd"; };
    system.build = { initialRamdisk = pkgs.linux; toplevel = pkgs.nix; };
    system.installer = {
      name = "a";
      plan = { };
      disks = { };
      image = { };
      runtime = null;
      buildRuntime = null;
      bootLoader = { enable = true; grubPackages = [ pkgs.grub2 ]; systemdPackage = pkgs.systemd; };
      initrd.enable = false;
    };
    system.nixos = { codeName = "Gorilla"; label = "17.03"; };
  };
  # Every value is an option's, but for the sets that lead there.
  optionsOf = lib.mapAttrs (
    _: value: if lib.isAttrs value && !(lib.isDerivation value) then optionsOf value else { isDefined = true; highestPrio = 100; }
  );
  options = optionsOf { inherit (config) boot fileSystems; };
  plans = import ../../nix-plugin/nixos.nix { inherit lib pkgs config options; };
  installers = import ../../nix-plugin/installers.nix {
    inherit lib config options plans;
    mkSystemInstaller = plan: plan;
    errorsOf = _: [ ];
    usesBootLoader = true;
    ownImageBuilder = null;
  };
in
{
  inherit (installers.losses) boot;
  inherit (installers) unknownLoaders kind;
  inherit (plans) hasNoDevice isDirectlyStarted hasSystemdStage1 hasNixosInit;
  loader = plans.boot.boot.loader;
  command = plans.installer.init.command;
}
