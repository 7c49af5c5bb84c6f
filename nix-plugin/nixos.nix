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
  allFileSystems = lib.mapAttrs' (_: fs: {
    name = fs.mountPoint;
    value = fileSystem fs;
  }) config.fileSystems;
  # Who starts a system without a boot loader may well mount its root, as for a container: a plan with the others would lack it.
  fileSystems = lib.optionalAttrs (chosenLoader != null || allFileSystems ? "/") allFileSystems;

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
          extraConfig
          ;
        # To NixOS, 0 is the default entry alone.
        configurationLimit = if grub.configurationLimit == 0 then 1 else grub.configurationLimit;
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
      # To NixOS, 0 is no limit, as `null` is.
      lib.optionalAttrs (loader.systemd-boot.configurationLimit or null != 0) (
        given { configurationLimit = loader.systemd-boot.configurationLimit or null; }
      )
      // {
        editor = loader.systemd-boot.editor or true;
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

  extlinux.generic-extlinux-compatible =
    let
      extlinux = loader.generic-extlinux-compatible;
    in
    {
      # To NixOS, 0 is the default entry alone.
      configurationLimit = if extlinux.configurationLimit or 20 == 0 then 1 else extlinux.configurationLimit or 20;
      # Newer than the rest.
      useGenerationDeviceTree = extlinux.useGenerationDeviceTree or true;
      mirroredBoots = map (boot: { inherit (boot) path; }) (
        extlinux.mirroredBoots or [ { path = "/boot"; } ]
      );
    };
  deviceTree = config.hardware.deviceTree or { };
  # A toplevel has its own in `dtbs`; an installer's menu starts the installer.
  deviceTrees = lib.optionalAttrs (deviceTree.enable or false) {
    deviceTree = given {
      name = deviceTree.name or null;
      package = deviceTree.package or null;
    };
  };

  external.external.command = [ "${loader.external.installHook}" ];

  # A container starts no kernel, and its boot loader is no business of its own.
  hasKernel = !config.boot.isContainer && config.boot.kernel.enable or true;
  chosenLoader =
    if !hasKernel then
      null
    else if loader.systemd-boot.enable then
      systemd-boot
    else if loader.external.enable or false then
      external
    else if loader.generic-extlinux-compatible.enable or false then
      extlinux
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
      // lib.optionalAttrs (chosenLoader ? generic-extlinux-compatible) deviceTrees
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
  hasSystemdStage1 = config.boot.initrd.enable && config.boot.initrd.systemd.enable or false;

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
  startsToplevel = hasSystemdStage1 && cfg.initrd.enable;
  bootOfToplevel = toplevel: lib.optionalAttrs (startsToplevel && toplevel != null) { system = toplevel; };

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
      // lib.optionalAttrs (config.nix.enable or true) {
        nix = {
          enable = true;
          inherit (config.nix) package;
        };
      }
    ) cfg.plan;
in
{
  inherit
    chosenLoader
    hasKernel
    hasNixosInit
    hasSystemdStage1
    startsToplevel
    ;

  installer = installerOf config.system.build.toplevel "${config.system.build.toplevel}/${stage2}";

  # The same without the toplevel, which would be evaluated within itself: for what it says, and to be checked.
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

  # NixOS takes GRUB's disk from every specialisation, which `nixos-rebuild` may start on its own: what its pre-boot would be
  # installed on is known where `devices` names it, and not where `device` does.
  hasNoDevice =
    chosenLoader ? grub
    && chosenLoader.grub.devices == [ "nodev" ]
    && !chosenLoader.grub.efiSupport
    && config.isSpecialisation or (options.boot.loader.grub.device.highestPrio or 0 == 0);

  # A VM of `nixos-rebuild build-vm` and its like, which QEMU starts by the kernel, on file systems in place of the machine's own
  # and without its boot loader. `mkVMOverride` is 10, and nothing that is said of a machine is as strong.
  isDirectlyStarted =
    if config.virtualisation or { } ? useBootLoader then
      !config.virtualisation.useBootLoader && options.boot.loader.grub.device.highestPrio or 10 <= 10
    else
      options.fileSystems.highestPrio or 100 == 10;

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

  hasDisko = options ? disko;
}
