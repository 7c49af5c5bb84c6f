# Stands in for Nixpkgs, which is too large to be fetched for a test: packages that can be named and not built, with the
# functions that the files of nix-plugin are called with. What a derivation is given arrives in it, as in the original, so that
# a test can look at it.
#
#   import ./tests/nixpkgs { }
#   import ./tests/nixpkgs { crossSystem = "aarch64-linux"; }
{
  system ? "x86_64-linux",
  crossSystem ? system,
  lib ? import ./lib,
  # Whether the C library is musl's, all programs being static.
  isStatic ? false,
}:

let
  platform = system: {
    inherit system isStatic;
    isLinux = true;
    canExecute = other: other.system == system;
    isGnu = !isStatic;
  };
  buildPlatform = platform system;
  hostPlatform = platform crossSystem;
  suffix = if system == crossSystem then "" else "-${crossSystem}";

  # A package that nothing is known of but its name.
  package =
    pname: version: more:
    let
      outputs = more.outputs or [ "out" ];
    in
    derivation {
      name = "${pname}${suffix}-${version}";
      inherit system outputs;
      builder = "/bin/false";
    }
    // {
      inherit pname version;
    }
    // removeAttrs more [ "outputs" ];

  # The attributes that are variables of the build. What is no value of one, the original refuses too.
  variables =
    given:
    let
      env = given.env or { };
      isSimple = value: builtins.isString value || builtins.isBool value || builtins.isInt value || lib.isDerivation value;
      wrong = builtins.filter (name: !isSimple env.${name}) (builtins.attrNames env);
      both = builtins.filter (name: given ? ${name}) (builtins.attrNames env);
    in
    if wrong != [ ] then
      throw "The `env` attribute set can only contain derivation, string, boolean or integer attributes: ${toString wrong}"
    else if both != [ ] then
      throw "The `env` attribute set cannot contain any attributes passed to derivation: ${toString both}"
    else
      removeAttrs given [
        "env"
        "meta"
        "passthru"
      ]
      // env;

  mkDerivation =
    given:
    let
      attributes = if builtins.isFunction given then given { inherit finalPackage; } else given;
      name = attributes.name or "${attributes.pname}${suffix}-${attributes.version}";
      finalPackage =
        derivation (
          variables attributes
          // {
            inherit name system;
            builder = "/bin/false";
          }
        )
        // {
          inherit (attributes) meta;
          passthru = attributes.passthru or { };
          # What a test looks at.
          given = attributes;
        }
        // attributes.passthru or { };
    in
    finalPackage;

  buildRustPackage =
    given:
    let
      complete =
        attributes:
        let
          lock = builtins.fromTOML (builtins.readFile attributes.cargoLock.lockFile);
          withoutChecksum = builtins.filter (crate: crate ? source && !(crate ? checksum)) lock.package;
        in
        if withoutChecksum != [ ] then
          throw "No hash was found while vendoring the git dependency ${(builtins.head withoutChecksum).name}."
        else
          removeAttrs attributes [ "cargoLock" ]
          // {
            cargoBuildType = attributes.buildType or "release";
            cargoBuildFeatures = attributes.buildFeatures or [ ];
            nativeBuildInputs = attributes.nativeBuildInputs or [ ] ++ [ (package "rustc" "1.91.1" { }) ];
          };
    in
    mkDerivation (if builtins.isFunction given then final: complete (given final) else complete given);

  # A function's arguments from the set, what is given before it.
  callPackage =
    file: given:
    let
      function = if builtins.isFunction file then file else import file;
      arguments = builtins.functionArgs function;
      missing = builtins.filter (name: !(arguments.${name} || given ? ${name} || pkgs ? ${name})) (
        builtins.attrNames arguments
      );
      call = given: function (builtins.intersectAttrs arguments pkgs // given);
    in
    if missing != [ ] then
      throw "Function called without required argument \"${builtins.head missing}\" at ${toString file}"
    else
      call given // { override = changed: call (given // changed); };

  nixOf = version: package "nix" version {
    outputs = [
      "out"
      "dev"
    ];
  };
  removed = name: throw "${name} has been removed";

  pkgs = {
    inherit lib callPackage pkgs;
    stdenv = {
      inherit buildPlatform hostPlatform mkDerivation;
      cc = package "gcc-wrapper" "14.3.0" {
        libc =
          if isStatic then
            package "musl" "1.2.5" { }
          else
            package "glibc" "2.40" {
              outputs = [
                "out"
                "static"
              ];
            };
      };
    };
    rustPlatform = {
      inherit buildRustPackage;
    };
    removeReferencesTo = package "remove-references-to" "1" { };
    pkg-config = package "pkg-config-wrapper" "0.29.2" { };
    boehmgc = package "boehm-gc" "8.2.8" { };
    boost = package "boost" "1.87.0" { };
    nlohmann_json = package "nlohmann_json" "3.11.3" { };
    clippy = package "clippy" "1.91.1" { };
    rustfmt = package "rustfmt" "1.91.1" { };

    nix = nixOf "2.31.2";
    # With what is no version, and versions that are gone.
    nixVersions = {
      nix_2_18 = removed "nix_2_18";
      nix_2_28 = nixOf "2.28.5";
      nix_2_31 = nixOf "2.31.2";
      latest = nixOf "2.34.8";
      stable = nixOf "2.31.2";
      minimum = removed "nixVersions.minimum";
      nixComponents_2_31 = { };
      extend = _: removed "extend";
      override = _: removed "override";
    };

    mkShell =
      { inputsFrom, packages }:
      mkDerivation {
        name = "nix-shell";
        inherit packages;
        inherit inputsFrom;
        meta = { };
      };

    runtimeShell = "${package "bash" "5.3" { }}/bin/bash";
    writeScript =
      name: text:
      derivation {
        inherit name system text;
        builder = "/bin/false";
      };

    # For NixOS.
    linux = package "linux" "6.12.60" { modDirVersion = "6.12.60"; };
    systemd = package "systemd" "258.2" { };
    grub2 = package "grub" "2.12" { };
    grub2_efi = package "grub-efi" "2.12" { };
    e2fsprogs = package "e2fsprogs" "1.47.3" { };

    buildPackages = import ./. { inherit system lib; };
    pkgsStatic = import ./. {
      inherit system crossSystem lib;
      isStatic = true;
    };
    pkgsCross.aarch64-multiplatform = import ./. {
      inherit system lib;
      crossSystem = "aarch64-linux";
    };
  };
in
pkgs
