# The NixOS module: installers, images and the boot loader of a NixOS configuration.
#
#   imports = [ /path/to/nix-plugin/module.nix ];
#   nix-build '<nixpkgs/nixos>' -A config.system.build.installer
#
# README.md beside it says how; nixos.nix has the plans.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.system.installer;
  plans = import ./nixos.nix {
    inherit
      lib
      pkgs
      config
      options
      ;
  };

  isCross = pkgs.stdenv.buildPlatform.system != pkgs.stdenv.hostPlatform.system;
  # The plugin's own runtime is for the machine that evaluates, which pure evaluation does not know.
  isForeign = builtins.currentSystem or pkgs.stdenv.hostPlatform.system != pkgs.stdenv.hostPlatform.system;
  program = program: packages: packages.callPackage ./runtime.nix { inherit program; };
  runtimeOf = program "system-installer-runtime";
  buildOf = program "system-installer-build";
  hostOf = program "system-installer";

  # No Nix has it that did not load the plugin.
  isLoaded = builtins ? mkSystemInstaller;
  notLoaded = "system.installer: this Nix has not loaded the plugin, which checks the plan and gives the installer. Load it by a line in nix.conf, `plugin-files = PLUGIN/lib/libnix_system_installer.so`, where PLUGIN is what `nix-build ${toString ./default.nix}` builds; or do without it: `system.installer.plugin = false`.";
  mkSystemInstaller =
    if !cfg.plugin then
      import ./lib.nix {
        runtime = if cfg.runtime == null then runtimeOf pkgs else cfg.runtime;
        build = buildOf pkgs.buildPackages;
        host = hostOf pkgs.buildPackages;
      }
    else if isLoaded then
      builtins.mkSystemInstaller
    else
      throw notLoaded;

  boot = mkSystemInstaller plans.boot;
  initrd = mkSystemInstaller plans.initrd;
  # With an initial RAM disk of another architecture than the builder's, the builder's runtime would be the wrong one.
  initrdRuntime = "${initrd.runtime}/bin/system-installer-runtime";

  # What is wrong in a plan. Warnings come by themselves, when a plan becomes an installer.
  errorsOf =
    plan:
    if cfg.plugin && isLoaded then
      map tell (
        lib.filter (problem: problem.severity == "error") (builtins.checkSystemInstaller plan)
      )
    else
      [ ];
  tell =
    problem:
    "system.installer: ${problem.code} ${problem.path}: ${problem.message}"
    + lib.optionalString (problem.hint != null) "\n  hint: ${problem.hint}";

  # Nothing of the plans is looked at in a system that holds none: that it could not be installed by one, or made an image of,
  # is no mistake in it. In a VM that starts without a boot loader there is none to install.
  usesBootLoader = cfg.bootLoader.enable && !plans.isDirectlyStarted;
  isUsedByToplevel = usesBootLoader || cfg.initrd.enable;
  used =
    lib.optional (usesBootLoader && !plans.hasNoDevice) plans.boot
    ++ lib.optional cfg.initrd.enable plans.initrd;

  installers = import ./installers.nix {
    inherit
      lib
      config
      options
      plans
      mkSystemInstaller
      errorsOf
      usesBootLoader
      ;
    # The same goes for the plugin's builder of images.
    ownImageBuilder =
      if isForeign && cfg.plugin && !isCross then
        hostOf pkgs
      else
        null;
  };

  # What NixOS calls in a specialisation that knows no disk. A menu without the newest generation is worse than a switch that
  # fails.
  withoutDevice = pkgs.writeScript "no-boot-loader" ''
    #!${pkgs.runtimeShell or pkgs.stdenv.shell}
    echo "pre-boot: NixOS takes boot.loader.grub.device from every specialisation, so that this one does not know the disk of GRUB: name it in boot.loader.grub.devices, a list, in place of that; the menu is as it was" >&2
    exit 1
  '';
in
{
  options.system.installer = {
    name = mkOption {
      type = types.str;
      default = if config.networking.hostName == "" then "nixos" else config.networking.hostName;
      defaultText = lib.literalExpression ''config.networking.hostName, or "nixos" where that is empty'';
      description = "The name of the installer: that of its store path, and of its disk images.";
    };

    plan = mkOption {
      type = types.attrsOf types.anything;
      default = { };
      example = lib.literalExpression ''{ directories."/persist" = { mode = "0700"; }; }'';
      description = ''
        What the plan has besides what follows from the configuration, in the words of
        {file}`nix-plugin/reference.md`; it goes before what follows from the configuration. `directories`, `files`,
        `symlinks`, `users` and `groups` go for {option}`system.installer.initrd` too, and `boot.loader` and
        `hooks.preBoot` for {option}`system.installer.bootLoader`.
      '';
    };

    disks = mkOption {
      type = types.attrsOf types.anything;
      default = plans.disks;
      defaultText = lib.literalExpression "config.disko.devices.disk, where disko is there";
      example = lib.literalExpression ''
        {
          main.device = "/dev/vda";
          main.content = {
            type = "gpt";
            partitions.ESP = { size = "512M"; type = "EF00"; content = { type = "filesystem"; format = "vfat"; mountpoint = "/boot"; }; };
            partitions.root = { size = "100%"; content = { type = "filesystem"; format = "ext4"; mountpoint = "/"; }; };
          };
        }
      '';
      description = ''
        The disks, in the words of disko's `disko.devices.disk`: what {option}`system.build.installerImage` is made by.
        Without disko, {option}`fileSystems` and {option}`swapDevices` follow from them: what those say of the same mount
        point goes before, but for `options`, which are added. What opens LUKS is {option}`boot.initrd.luks.devices`.
      '';
    };

    image = mkOption {
      type = types.attrsOf types.anything;
      default = { };
      example = lib.literalExpression ''{ format = "qcow2"; size = "20G"; mkfs.ext4 = pkgs.e2fsprogs; }'';
      description = "How {option}`system.build.installerImage` is made.";
    };

    plugin = mkOption {
      type = types.bool;
      default = true;
      description = ''
        Whether plans are checked while they are evaluated, by `builtins.mkSystemInstaller`. With `false`, `lib.nix` gives
        the same installers in any Nix, and mistakes are told when they are built.
      '';
    };

    package = mkOption {
      type = types.package;
      default = pkgs.callPackage ./package.nix { nix = config.nix.package; };
      defaultText = lib.literalExpression "pkgs.callPackage ./package.nix { nix = config.nix.package; }";
      description = "The plugin that {option}`system.installer.loadPlugin` loads: for the Nix of this machine.";
    };

    loadPlugin = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the Nix of this machine loads the plugin.";
    };

    runtime = mkOption {
      type = types.nullOr types.package;
      default = if isCross || isForeign || !cfg.plugin then runtimeOf pkgs else null;
      defaultText = lib.literalExpression "null, which is the plugin's own; that of `pkgs` without the plugin, or for another platform";
      description = "The package with {file}`bin/system-installer-runtime` that runs the installer on this machine.";
    };

    buildRuntime = mkOption {
      type = types.nullOr types.package;
      default = if isCross then buildOf pkgs.buildPackages else null;
      defaultText = lib.literalExpression "null, or that of `pkgs.buildPackages` for another platform";
      description = "The package with {file}`bin/system-installer-build` that builds the installer, where that is another one.";
    };

    bootLoader = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = ''
          Whether the boot loader that {option}`boot.loader` says is installed by `pre-boot`, in place of NixOS's own
          scripts.
        '';
      };

      grubPackages = mkOption {
        type = types.listOf types.package;
        default = [ pkgs.grub2 ] ++ lib.optional config.boot.loader.grub.efiSupport pkgs.grub2_efi;
        defaultText = lib.literalExpression "[ pkgs.grub2 ] and, with efiSupport, pkgs.grub2_efi";
        description = "The packages with GRUB's platforms. Only the build uses them.";
      };

      systemdPackage = mkOption {
        type = types.package;
        default = config.systemd.package;
        defaultText = lib.literalExpression "config.systemd.package";
        description = "The package with systemd-boot. Only the build uses it.";
      };
    };

    initrd.enable = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether `pre-init` runs in a systemd stage 1 ({option}`boot.initrd.systemd.enable`), before the activation: a root
        that holds nothing but a store then comes up.
      '';
    };
  };

  config = lib.mkMerge [
    {
      system.build = {
        inherit (installers) installer installerImage installerTarball;
      };

      # Of a specialisation, the system that it is of says the same.
      warnings = lib.mkIf (usesBootLoader && !(config.isSpecialisation or false)) installers.losses.boot.warnings;

      assertions = lib.mkIf isUsedByToplevel (
        map (message: {
          assertion = false;
          inherit message;
        }) (lib.unique (lib.concatMap errorsOf used) ++ lib.optionals usesBootLoader installers.losses.boot.errors)
        ++ [
          {
            assertion = cfg.plugin -> isLoaded;
            message = notLoaded;
          }
          {
            assertion = usesBootLoader -> installers.kind.boot != null && installers.unknownLoaders == [ ];
            message =
              "system.installer.bootLoader.enable: there is no boot loader to install: enable one of ${installers.namesOfLoaders}"
              + lib.optionalString (installers.unknownLoaders != [ ])
                "; `pre-boot` does not install ${
                  lib.concatMapStringsSep ", " (name: "`${name}`") installers.unknownLoaders
                }";
          }
          {
            assertion = cfg.initrd.enable -> !plans.hasNixosInit;
            message = "system.installer.initrd.enable: with `system.nixos-init.enable` there is no activation that `pre-init` could run before: set one of the two to false";
          }
          {
            assertion = cfg.initrd.enable -> plans.hasSystemdStage1;
            message = "system.installer.initrd.enable: there is no systemd in stage 1: set `boot.initrd.systemd.enable`, or leave it to `system.build.installer`, whose `init` does the same";
          }
        ]
      );
    }

    (lib.mkIf usesBootLoader {
      # NixOS's own module for the boot loader has defined it.
      system.build.installBootLoader = lib.mkForce (
        if plans.hasNoDevice then "${withoutDevice}" else "${boot}/pre-boot"
      );
    })

    # Releases before 22.05 have no such option.
    (lib.mkIf cfg.initrd.enable (lib.optionalAttrs (options.boot.initrd ? systemd) {
      # What an image brings along: pre-init would load it where it runs on the root itself.
      boot.postBootCommands = lib.mkIf (config.nix.enable or true) ''
        if [ -e /nix-path-registration ] && ${config.nix.package.out}/bin/nix-store --load-db </nix-path-registration; then
          rm /nix-path-registration
        fi
      '';

      boot.initrd.systemd = {
        storePaths = [
          "${initrd}/pre-init"
          initrdRuntime
        ];
        services.system-installer-pre-init = {
          description = "Initialisation of the root";
          # Not required by it: a root that is good starts, even if a change of plan fails.
          wantedBy = [ "initrd-nixos-activation.service" ];
          before = [
            "initrd-nixos-activation.service"
            "shutdown.target"
          ];
          after = [
            "initrd-fs.target"
            "initrd-find-nixos-closure.service"
          ];
          conflicts = [ "shutdown.target" ];
          unitConfig = {
            DefaultDependencies = false;
            RequiresMountsFor = [ "/sysroot/nix/store" ];
          };
          serviceConfig = {
            Type = "oneshot";
            # The switch of the root would start it once more.
            RemainAfterExit = true;
          };
          # The system's profile is the toplevel's that boots, which no plan here may name.
          script = ''
            export PATH=/bin
            profiles=/sysroot/nix/var/nix/profiles
            if [ ! -L "$profiles/system" ] && closure=$(readlink /nixos-closure); then
              mkdir -p "$profiles"
              ln -sfn "$closure" "$profiles/system-1-link"
              ln -s system-1-link "$profiles/system"
            fi
            exec ${initrd}/pre-init --prefix=/sysroot --adopt
          '';
        };
      };
    }))

    (lib.mkIf cfg.loadPlugin (
      let
        plugin = "${cfg.package}/lib/libnix_system_installer.so";
      in
      # Releases before 22.05 have no such option.
      if options.nix ? settings then
        { nix.settings.plugin-files = [ plugin ]; }
      else
        { nix.extraOptions = "plugin-files = ${plugin}"; }
    ))

    (lib.mkIf (!plans.hasDisko) {
      # Not even an empty one where there are none, which a `mkDefault` of the configuration would give way to.
      fileSystems = lib.mkIf (plans.mounts.fileSystems != { }) plans.mounts.fileSystems;
      swapDevices = lib.mkIf (plans.mounts.swapDevices != [ ]) plans.mounts.swapDevices;
    })
  ];
}
