# The installer of a NixOS, its image and its tarball, and what is told when one of them is asked for: an error for what it cannot
# be, all of it at once, and a warning for what it is not quite.
{
  lib,
  config,
  options,
  # Those of nixos.nix.
  plans,
  # From a plan to its installer.
  mkSystemInstaller,
  # The errors in a plan.
  errorsOf,
  # Whether the system has `pre-boot` install its boot loader.
  usesBootLoader,
  # The builder of images where the plugin's is for another machine; `null` where it is not.
  ownImageBuilder,
}:

let
  menu = import ./menu.nix { inherit lib config options; };

  # The boot loader that a plan installs, if any.
  kindOf =
    plan:
    let
      boot = if plan.boot or null == null then { } else plan.boot;
      loaders = if boot.loader or null == null then { } else boot.loader;
      kinds = lib.filter (kind: loaders.${kind} or null != null) menu.loaders;
    in
    if kinds == [ ] then null else lib.head kinds;
  kind = {
    boot = kindOf plans.boot;
    installer = kindOf plans.checkedInstaller;
  };

  losses = {
    # That of the system itself. Its menu starts toplevels, whose bootspecs name their secrets and specialisations.
    boot = menu.losses {
      kind = kind.boot;
      hasSecrets = true;
      hasChildren = true;
    };
    installer = menu.losses {
      kind = kind.installer;
      hasSecrets = plans.startsToplevel;
      hasChildren = plans.startsToplevel;
    };
    # Who builds an image has none of the machine's secrets.
    image = menu.losses {
      kind = kind.installer;
      hasSecrets = false;
      hasChildren = plans.startsToplevel;
    };
  };

  # The boot loaders that are enabled and that no plan installs; none where the plan itself says what is to be installed.
  unknownLoaders =
    let
      isKnown = plans.chosenLoader != null;
    in
    lib.optionals (plans.hasKernel && (isKnown || kind.installer == null)) (menu.unknownLoaders isKnown);
  unknown = name: "system.installer: `pre-boot` does not install `${name}`";
  noLoader = "system.installer: the image has no boot loader and is started by other means: `pre-boot` installs ${menu.namesOfLoaders}";
  noDisks = "system.installer: there are no disks to make an image of: set `system.installer.disks`, or use disko";

  plan =
    plans.installer
    // lib.optionalAttrs (ownImageBuilder != null) {
      image = {
        builder = ownImageBuilder;
      }
      // plans.installer.image or { };
    };

  # `value`, with what is told of it. Mistakes in the plan alone are told by the plugin, with their places; what the system itself
  # tells is told by it, as an installer holds one.
  asked =
    what: told: value:
    let
      known = lib.optionals usesBootLoader (losses.boot.errors ++ losses.boot.warnings);
      new = lib.filter (message: !lib.elem message known);
      errors = new told.errors;
      list = lib.concatMapStringsSep "\n" (message: "- ${message}");
    in
    if errors != [ ] then
      throw "${what} cannot be made:\n${list (errors ++ errorsOf plans.checkedInstaller)}"
    else
      # In their order, and before the value, which may have an error of its own.
      builtins.foldl' (tell: message: value: tell (lib.warn message value)) (value: value) (new told.warnings) value;

  installer = asked "the installer" {
    inherit (losses.installer) errors;
    warnings = losses.installer.warnings ++ map unknown unknownLoaders;
  } (mkSystemInstaller plan);
in
{
  inherit (menu) namesOfLoaders;
  inherit
    kind
    losses
    unknownLoaders
    installer
    ;

  # What it loses besides what the installer does.
  installerImage = asked "the image" {
    errors =
      losses.image.errors
      ++ map (name: "${unknown name}, and the image would not start") unknownLoaders
      ++ lib.optional (!(plan ? disks)) noDisks;
    warnings = lib.optional (plans.hasKernel && kind.installer == null) noLoader;
  } installer.image;

  installerTarball = installer.tarball;
}
