# The boot loaders that a plan has, with the options of 26.05.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  option =
    type: default:
    mkOption {
      inherit type default;
    };
  cfg = config.boot.loader;
  script =
    name:
    derivation {
      inherit name;
      system = config.nixpkgs.buildPlatform;
      builder = "/bin/false";
    };
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "boot" "loader" "grub" "trustedBoot" ] "Its project has been retired.")
    (lib.mkRemovedOptionModule [ "boot" "loader" "grub" "extraInitrd" ] "There is boot.initrd.secrets.")
  ];

  options.boot.loader = {
    timeout = option (types.nullOr types.int) 5;

    efi.canTouchEfiVariables = option types.bool false;
    efi.efiSysMountPoint = option types.str "/boot";

    external.enable = option types.bool false;
    external.installHook = mkOption { type = types.path; };

    grub = {
      enable = option types.bool (!config.boot.isContainer);
      device = option types.str "";
      devices = option (types.listOf types.str) [ ];
      mirroredBoots = option (types.listOf (
        types.submodule {
          options = {
            path = mkOption { type = types.str; };
            efiSysMountPoint = option (types.nullOr types.str) null;
            efiBootloaderId = option (types.nullOr types.str) null;
            devices = option (types.listOf types.str) [ ];
          };
        }
      )) [ ];
      efiSupport = option types.bool false;
      efiInstallAsRemovable = option types.bool false;
      backgroundColor = option (types.nullOr types.str) null;
      configurationLimit = option types.int 100;
      configurationName = option types.str "";
      enableCryptodisk = option types.bool false;
      entryOptions = option (types.nullOr types.str) "--class nixos --unrestricted";
      extraConfig = option types.lines "";
      extraEntries = option types.lines "";
      extraFiles = option (types.attrsOf types.path) { };
      extraGrubInstallArgs = option (types.listOf types.str) [ ];
      extraInstallCommands = option types.lines "";
      extraPerEntryConfig = option types.lines "";
      extraPrepareConfig = option types.lines "";
      font = option (types.nullOr types.path) "${pkgs.grub2}/share/grub/unicode.pf2";
      fontSize = option (types.nullOr types.int) null;
      forceInstall = option types.bool false;
      forcei686 = option types.bool false;
      gfxmodeBios = option types.str "1024x768";
      gfxmodeEfi = option types.str "auto";
      gfxpayloadBios = option types.str "text";
      gfxpayloadEfi = option types.str "keep";
      splashImage = mkOption { type = types.nullOr types.path; };
      subEntryOptions = option (types.nullOr types.str) "--class nixos";
      theme = option (types.nullOr types.path) null;
      timeoutStyle = option (types.enum [ "menu" "countdown" "hidden" ]) "menu";
      useOSProber = option types.bool false;
      users = option (types.attrsOf (
        types.submodule {
          options = {
            hashedPassword = option (types.nullOr types.str) null;
            hashedPasswordFile = option (types.nullOr types.str) null;
          };
        }
      )) { };
      # That of a GRUB that is gone: declared, and without a value.
      version = mkOption { type = types.int; };
      zfsSupport = option types.bool false;
      default = mkOption {
        default = "0";
        type = types.either types.int types.str;
        apply = toString;
      };
    };

    systemd-boot = {
      enable = option types.bool false;
      editor = option types.bool true;
      configurationLimit = option (types.nullOr types.int) null;
      consoleMode = option (types.enum [ "0" "1" "2" "5" "auto" "max" "keep" ]) "keep";
      edk2-uefi-shell.enable = option types.bool false;
      extraEfiDrivers = option (types.attrsOf types.path) { };
      extraEntries = option (types.attrsOf types.lines) { };
      extraFiles = option (types.attrsOf types.path) { };
      extraInstallCommands = option types.lines "";
      graceful = option types.bool false;
      installDeviceTree = option types.bool false;
      memtest86.enable = option types.bool false;
      netbootxyz.enable = option types.bool false;
      rebootForBitlocker = option types.bool false;
      sortKey = option types.str "nixos";
      windows = option (types.attrsOf types.unspecified) { };
      xbootldrMountPoint = option (types.nullOr types.str) null;
    };
  };

  config = lib.mkMerge [
    {
      boot.loader.grub.splashImage = lib.mkDefault "${pkgs.grub2}/wallpaper.png";
    }

    (lib.mkIf cfg.external.enable {
      boot.loader.grub.enable = lib.mkDefault false;
      boot.loader.supportsInitrdSecrets = lib.mkDefault false;
      system.build.installBootLoader = cfg.external.installHook;
    })

    (lib.mkIf cfg.systemd-boot.enable {
      boot.loader.grub.enable = lib.mkDefault false;
      boot.loader.supportsInitrdSecrets = true;
      system.boot.loader.id = "systemd-boot";
      system.build.installBootLoader = script "install-systemd-boot.sh";
    })

    (lib.mkIf cfg.grub.enable {
      boot.loader.grub.devices = lib.optional (cfg.grub.device != "") cfg.grub.device;
      boot.loader.grub.mirroredBoots = lib.optionals (cfg.grub.devices != [ ]) [
        {
          path = "/boot";
          inherit (cfg.grub) devices;
          inherit (cfg.efi) efiSysMountPoint;
        }
      ];
      boot.loader.grub.extraPrepareConfig = lib.concatMapStringsSep "" (name: "install ${name}") (
        lib.attrNames cfg.grub.extraFiles
      );
      boot.loader.supportsInitrdSecrets = true;
      system.boot.loader.id = "grub";
      system.build.installBootLoader = script "install-grub.sh";
      assertions = [
        {
          assertion = cfg.grub.mirroredBoots != [ ];
          message = "You must set the option ‘boot.loader.grub.devices’ or 'boot.loader.grub.mirroredBoots' to make the system bootable.";
        }
      ];
    })
  ];
}
