# What NixOS's boot loaders do and the menu of `pre-boot` does not: what a configuration loses by it. Options are read and nothing
# is set here. Options come and go with the releases of NixOS, so that each is looked for first.
{
  lib,
  config,
  options,
}:

let
  inherit (config.boot) loader;

  # What is at `path` below `set`.
  at =
    default: path: set:
    if path == [ ] then
      set
    else if set ? ${lib.head path} then
      at default (lib.tail path) set.${lib.head path}
    else
      default;
  # An option that was removed is there still, as one that has no value.
  optionAt = path: at { isDefined = false; } path options.boot.loader;
  isThere = path: (optionAt path).isDefined or true;
  valueAt = path: default: if isThere path then at default path loader else default;

  # Set by a person: neither an option's default nor NixOS's own `mkDefault`.
  isChosen = path: isThere path && (optionAt path).highestPrio or 1500 < 1000;

  nameOf = path: "boot.loader.${lib.concatStringsSep "." path}";

  # One setting: where it is, and what it is when it says nothing.
  setting = path: default: {
    name = nameOf path;
    isSet = valueAt path default != default;
  };
  # One of which NixOS has a default of its own.
  choice = path: {
    name = nameOf path;
    isSet = isChosen path && valueAt path null != null;
  };
  setOf = lib.filter (one: one.isSet);

  # Without these, a machine is open to whoever sits at it, or does not start.
  severe = {
    grub = [
      (
        setting [ "grub" "users" ] { }
        // {
          why = "its menu has no passwords, so that whoever sits at the machine could change what it starts; `boot.loader.grub.extraConfig` is taken as it is";
        }
      )
      (
        setting [ "grub" "enableCryptodisk" ] false
        // {
          why = "its GRUB opens no encrypted partition, so that the machine would not start: have `/boot` on one that is not encrypted";
        }
      )
      (
        setting [ "grub" "forcei686" ] false
        // {
          why = "its GRUB is not one for firmware of 32 bits, which would not start it";
        }
      )
      # Until 20.09.
      (
        setting [ "grub" "trustedBoot" "enable" ] false
        // {
          why = "its GRUB measures nothing";
        }
      )
      (
        setting [ "grub" "extraInitrd" ] null
        // {
          why = "the initial RAM disk would be without what is in that file";
        }
      )
    ];
    systemd-boot = [ ];
    generic-extlinux-compatible = [ ];
    external = [ ];
  };

  light = {
    grub = [
      (setting [ "grub" "configurationName" ] "")
      (setting [ "grub" "default" ] "0")
      (setting [ "grub" "entryOptions" ] "--class nixos --unrestricted")
      (setting [ "grub" "extraEntries" ] "")
      (setting [ "grub" "extraFiles" ] { })
      (setting [ "grub" "extraGrubInstallArgs" ] [ ])
      (setting [ "grub" "extraInstallCommands" ] "")
      (setting [ "grub" "extraPerEntryConfig" ] "")
      (setting [ "grub" "extraPrepareConfig" ] "")
      (setting [ "grub" "forceInstall" ] false)
      (setting [ "grub" "fontSize" ] null)
      (setting [ "grub" "gfxmodeBios" ] "1024x768")
      (setting [ "grub" "gfxmodeEfi" ] "auto")
      (setting [ "grub" "gfxpayloadBios" ] "text")
      (setting [ "grub" "gfxpayloadEfi" ] "keep")
      (setting [ "grub" "subEntryOptions" ] "--class nixos")
      (setting [ "grub" "theme" ] null)
      (setting [ "grub" "timeoutStyle" ] "menu")
      (setting [ "grub" "useOSProber" ] false)
      (setting [ "grub" "zfsSupport" ] false)
      (choice [ "grub" "backgroundColor" ])
      (choice [ "grub" "font" ])
      (choice [ "grub" "splashImage" ])
      {
        name = "boot.loader.grub.mirroredBoots.*.efiBootloaderId";
        isSet = builtins.any (boot: boot.efiBootloaderId or null != null) loader.grub.mirroredBoots;
      }
    ];
    systemd-boot = [
      (setting [ "systemd-boot" "consoleMode" ] "keep")
      (setting [ "systemd-boot" "edk2-uefi-shell" "enable" ] false)
      (setting [ "systemd-boot" "extraEfiDrivers" ] { })
      (setting [ "systemd-boot" "extraEntries" ] { })
      (setting [ "systemd-boot" "extraFiles" ] { })
      (setting [ "systemd-boot" "extraInstallCommands" ] "")
      (setting [ "systemd-boot" "installDeviceTree" ] false)
      (setting [ "systemd-boot" "memtest86" "enable" ] false)
      (setting [ "systemd-boot" "netbootxyz" "enable" ] false)
      (setting [ "systemd-boot" "rebootForBitlocker" ] false)
      (setting [ "systemd-boot" "sortKey" ] "nixos")
      (setting [ "systemd-boot" "windows" ] { })
      (setting [ "systemd-boot" "xbootldrMountPoint" ] null)
    ];
    generic-extlinux-compatible = [ ];
    external = [ ];
  };

  # Where the menus of `mirroredBoots` would go, but for the one place that there is.
  otherPaths = lib.filter (path: path != "/boot") (map (boot: boot.path) loader.grub.mirroredBoots);
  elsewhere =
    kind:
    lib.optional (kind == "grub" && otherPaths != [ ])
      "boot.loader.grub.mirroredBoots: `pre-boot` keeps its menu in `/boot`, not in ${
        lib.concatMapStringsSep ", " (path: "`${path}`") otherPaths
      }; several disks (`devices`) and several EFI system partitions (`efiSysMountPoint`) are mirrored from there";

  nothing = name: "system.installer: `pre-boot` does nothing about `${name}`";

  # With a boot loader that cannot add them, NixOS has them in the initial RAM disk itself.
  wantsSecrets =
    valueAt [ "supportsInitrdSecrets" ] true && config.boot.initrd.secrets or { } != { };
  # By the names: a child is a whole system.
  children = lib.attrNames (config.specialisation or { });

  # Boot loaders of NixOS that no plan has, and what stands in for one. raspberryPi went with 25.05, efiBootStub long before.
  others = [
    "efiBootStub"
    "generationsDir"
    "initScript"
    "limine"
    "raspberryPi"
    "refind"
  ];
  isEnabled = name: valueAt [ name "enable" ] false == true;
  # The boot loaders that a plan has.
  loaders = [
    "grub"
    "systemd-boot"
    "generic-extlinux-compatible"
    "external"
  ];
  # Where there is none of the known ones, whatever is enabled there is one.
  candidates =
    hasKnown: if hasKnown then others else lib.filter (name: !lib.elem name loaders) (lib.attrNames options.boot.loader);
in
{
  inherit loaders;

  # For messages.
  namesOfLoaders = lib.concatMapStringsSep ", " (name: "`boot.loader.${name}`") loaders;

  # The names of enabled boot loaders that `pre-boot` does not install; `hasKnown` says whether there is one that it does.
  unknownLoaders =
    hasKnown: map (name: "boot.loader.${name}") (lib.filter isEnabled (candidates hasKnown));

  # What the menu of a boot loader of this kind, `null` for none, does not do: `errors` and `warnings`, a sentence each.
  # `hasSecrets` and `hasChildren` say whether secrets of initial RAM disks and specialisations are in it, as they are where it
  # starts toplevels, whose own bootspecs name them.
  losses =
    {
      kind,
      hasSecrets,
      hasChildren,
    }:
    {
      errors = lib.optionals (kind != null) (
        map (one: "${nothing one.name}: ${one.why}") (setOf severe.${kind})
        ++ lib.optional (
          wantsSecrets && !hasSecrets
        ) "${nothing "boot.initrd.secrets"}: the initial RAM disk that its menu starts would be without them"
        ++ elsewhere kind
      );
      warnings = lib.optionals (kind != null) (
        map (one: nothing one.name) (setOf light.${kind})
        ++ lib.optional (children != [ ] && !hasChildren) (nothing "specialisation")
      );
    };
}
