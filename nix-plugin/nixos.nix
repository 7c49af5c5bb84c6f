# The plans that follow from a NixOS configuration: what module.nix builds. Options are read and nothing is set here.
#
# There are three, because of a circle: a toplevel names its boot loader's installer and its initial RAM disk, and an installer
# names a toplevel.
#
#   installer   wraps the toplevel, for containers and images
#   boot        what `system.build.installBootLoader` is made of: no reference to a toplevel
#   initrd      what runs in the initial RAM disk: no reference to a toplevel, nor to an initial RAM disk
{
  lib,
  pkgs,
  config,
  options,
}:

let
  cfg = config.system.installer;
  inherit (config.boot) loader;

  # Not what is `null`: a plan has no such attribute then.
  given = lib.filterAttrs (_: value: value != null);

  identity =
    {
      inherit (cfg) name;
      system = pkgs.stdenv.hostPlatform.system;
      base = "mountpoints";
      # NixOS's systemd looks after it.
      machineId = "none";
    }
    # NixOS's own may have an underscore, and writes itself down.
    // lib.optionalAttrs (builtins.match "[[:alnum:]-]+" config.networking.hostName != null) {
      inherit (config.networking) hostName;
    }
    // given {
      runtime = cfg.runtime;
      buildRuntime = cfg.buildRuntime;
      buildSystem = if cfg.buildRuntime == null then null else pkgs.stdenv.buildPlatform.system;
    };

  # NixOS fills in `device`, also where a label is given.
  fileSystem =
    fs:
    given { inherit (fs) device; }
    // {
      inherit (fs) fsType options;
    }
    # By itself it is true for `/` and its like, as in NixOS.
    // lib.optionalAttrs (fs.neededForBoot or false) { neededForBoot = true; };
  fileSystems = lib.mapAttrs' (_: fs: {
    name = fs.mountPoint;
    value = fileSystem fs;
  }) config.fileSystems;

  # What NixOS's mirroredBoots come to: several disks, several EFI system partitions, one menu.
  grub =
    let
      inherit (loader) grub;
      devices = lib.filter (device: device != "nodev") (
        lib.unique (lib.concatMap (boot: boot.devices) grub.mirroredBoots)
      );
      mountPoint = boot: if boot.efiSysMountPoint == null then boot.path else boot.efiSysMountPoint;
    in
    {
      grub = {
        devices = if devices == [ ] then [ "nodev" ] else devices;
        inherit (grub)
          efiSupport
          efiInstallAsRemovable
          configurationLimit
          extraConfig
          ;
        package = cfg.bootLoader.grubPackages;
      };
      efi = {
        inherit (loader.efi) canTouchEfiVariables;
        efiSysMountPoint =
          if grub.mirroredBoots == [ ] then
            loader.efi.efiSysMountPoint
          else
            lib.unique (map mountPoint grub.mirroredBoots);
      };
    };

  systemd-boot = {
    systemd-boot =
      given { inherit (loader.systemd-boot) configurationLimit; }
      // {
        inherit (loader.systemd-boot) editor;
        package = cfg.bootLoader.systemdPackage;
      }
      # Newer than the rest.
      // lib.optionalAttrs (loader.systemd-boot ? bootCounting) {
        bootCounting = {
          inherit (loader.systemd-boot.bootCounting) enable tries;
        };
      };
    efi = {
      inherit (loader.efi) efiSysMountPoint canTouchEfiVariables;
    };
  };

  external.external.command = [ "${loader.external.installHook}" ];

  chosenLoader =
    if loader.systemd-boot.enable then
      systemd-boot
    else if loader.external.enable or false then
      external
    else if loader.grub.enable then
      grub
    else
      null;

  # As in NixOS's own bootspec.
  boot =
    more:
    let
      inherit (config.boot.kernelPackages) kernel;
      inherit (config.system) nixos;
    in
    lib.optionalAttrs (chosenLoader != null) {
      boot = {
        kernel = "${kernel}/${config.system.boot.loader.kernelFile}";
        inherit (config.boot) kernelParams;
        label = "${nixos.distroName or "NixOS"} ${nixos.codeName} ${nixos.label} (Linux ${kernel.modDirVersion})";
        loader = chosenLoader // {
          inherit (loader) timeout;
        };
      }
      // lib.optionalAttrs config.boot.initrd.enable {
        initrd = "${config.system.build.initialRamdisk}/${config.system.boot.loader.initrdFile}";
      }
      // more;
    };

  # Stage 2 in a toplevel. With systemd in stage 1, its `init` is systemd itself, which nothing has activated yet.
  stage2 =
    if !hasSystemdStage1 then
      "init"
    else if hasNixosInit then
      throw "system.installer: with `system.nixos-init.enable` a system is activated in its initial RAM disk alone, and an installer cannot start it: set that option to false"
    else
      "prepare-root";
  hasNixosInit = config.system.nixos-init.enable or false;
  hasSystemdStage1 = config.boot.initrd.enable && config.boot.initrd.systemd.enable;

  # Where the system is, once it runs: says what would be started, without a reference.
  running = "/run/current-system/init";

  # What an installer adds to the tree goes for every plan of the tree.
  treeSections = lib.getAttrs (lib.intersectLists (lib.attrNames cfg.plan) [
    "directories"
    "files"
    "symlinks"
    "users"
    "groups"
    "machineId"
  ]) cfg.plan;

  # With systemd in stage 1, where pre-init runs too, the toplevel starts by itself: that is what the menu has.
  bootOfToplevel = toplevel: lib.optionalAttrs (hasSystemdStage1 && cfg.initrd.enable && toplevel != null) { system = toplevel; };

  installerOf =
    toplevel: command:
    lib.recursiveUpdate (
      identity
      // {
        inherit fileSystems;
        init.command = [ command ];
      }
      // boot (bootOfToplevel toplevel)
      // lib.optionalAttrs (cfg.disks != { }) { inherit (cfg) disks; }
      // lib.optionalAttrs (cfg.image != { }) { inherit (cfg) image; }
      // lib.optionalAttrs config.nix.enable {
        nix = {
          enable = true;
          inherit (config.nix) package;
        };
      }
    ) cfg.plan;
in
{
  inherit chosenLoader hasNixosInit hasSystemdStage1;

  installer = installerOf config.system.build.toplevel "${config.system.build.toplevel}/${stage2}";

  # The same for a check while the toplevel is evaluated.
  checkedInstaller = installerOf null running;

  boot =
    lib.recursiveUpdate
      (
        identity
        // {
          inherit fileSystems;
          init.command = [ running ];
        }
        // boot { }
      )
      (
        lib.optionalAttrs (cfg.plan ? hooks.preBoot) { hooks = { inherit (cfg.plan.hooks) preBoot; }; }
        // lib.optionalAttrs (chosenLoader != null && cfg.plan ? boot.loader) {
          boot = { inherit (cfg.plan.boot) loader; };
        }
      );

  initrd = lib.recursiveUpdate (
    identity
    // {
      inherit fileSystems;
      init.command = [ running ];
    }
  ) treeSections;

  # disko's disks once they are evaluated: without what it computes for itself, and without what is not set.
  disks =
    let
      clean =
        value:
        if lib.isDerivation value || !(lib.isAttrs value || lib.isList value) then
          value
        else if lib.isList value then
          map clean value
        else
          lib.mapAttrs (_: clean) (
            lib.filterAttrs (name: value: !lib.hasPrefix "_" name && value != null) value
          );
      # That is disko's default, which it has for every disk: a size that nobody asked for.
      withoutDefaultSize = disk: if disk.imageSize or null == "2G" then removeAttrs disk [ "imageSize" ] else disk;
    in
    lib.mapAttrs (_: disk: withoutDefaultSize (clean disk)) (config.disko.devices.disk or { });

  # The file systems and swap of `system.installer.disks`, for NixOS's own options.
  mounts = import ./mounts.nix {
    inherit lib;
    inherit (cfg) disks;
  };

  # Settings of NixOS's boot loaders that `pre-boot` has no counterpart of, where they are set.
  unused =
    let
      settings =
        if chosenLoader ? grub then
          {
            "grub.extraEntries" = loader.grub.extraEntries or "" != "";
            "grub.extraFiles" = loader.grub.extraFiles or { } != { };
            "grub.extraPrepareConfig" = loader.grub.extraPrepareConfig or "" != "";
            "grub.extraPerEntryConfig" = loader.grub.extraPerEntryConfig or "" != "";
            "grub.extraInstallCommands" = loader.grub.extraInstallCommands or "" != "";
            "grub.useOSProber" = loader.grub.useOSProber or false;
            "grub.users" = loader.grub.users or { } != { };
            "grub.theme" = loader.grub.theme or null != null;
            "grub.zfsSupport" = loader.grub.zfsSupport or false;
            "grub.enableCryptodisk" = loader.grub.enableCryptodisk or false;
            "grub.default" = loader.grub.default or "0" != "0";
            "grub.extraGrubInstallArgs" = loader.grub.extraGrubInstallArgs or [ ] != [ ];
            "grub.forcei686" = loader.grub.forcei686 or false;
            "grub.trustedBoot.enable" = loader.grub.trustedBoot.enable or false;
          }
        else if chosenLoader ? systemd-boot then
          {
            "systemd-boot.extraEntries" = loader.systemd-boot.extraEntries or { } != { };
            "systemd-boot.extraFiles" = loader.systemd-boot.extraFiles or { } != { };
            "systemd-boot.extraInstallCommands" = loader.systemd-boot.extraInstallCommands or "" != "";
            "systemd-boot.xbootldrMountPoint" = loader.systemd-boot.xbootldrMountPoint or null != null;
            "systemd-boot.memtest86.enable" = loader.systemd-boot.memtest86.enable or false;
            "systemd-boot.netbootxyz.enable" = loader.systemd-boot.netbootxyz.enable or false;
            "systemd-boot.edk2-uefi-shell.enable" = loader.systemd-boot.edk2-uefi-shell.enable or false;
            "systemd-boot.extraEfiDrivers" = loader.systemd-boot.extraEfiDrivers or { } != { };
            "systemd-boot.windows" = loader.systemd-boot.windows or { } != { };
            "systemd-boot.installDeviceTree" = loader.systemd-boot.installDeviceTree or false;
            "systemd-boot.rebootForBitlocker" = loader.systemd-boot.rebootForBitlocker or false;
            "systemd-boot.sortKey" = loader.systemd-boot.sortKey or "nixos" != "nixos";
            "systemd-boot.consoleMode" = loader.systemd-boot.consoleMode or "keep" != "keep";
          }
        else
          { };
    in
    map (name: "boot.loader.${name}") (lib.attrNames (lib.filterAttrs (_: isSet: isSet) settings));

  # Where the menus of `mirroredBoots` would go, but for the one place that there is.
  otherBootPaths = lib.optionals (chosenLoader ? grub) (
    lib.filter (path: path != "/boot") (map (boot: boot.path) loader.grub.mirroredBoots)
  );

  hasDisko = options ? disko;
}
