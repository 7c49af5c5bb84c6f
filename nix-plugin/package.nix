# The plugin, in the style of Nixpkgs: `out` has lib/libnix_system_installer.so, for the evaluator `nix` and no other
# version; the other two are static programs that the plugin carries: `runtime`, by which every system that it makes is run,
# and `imageBuilder`, which makes disk images and tarballs of them.
#
#   pkgs.callPackage ./package.nix { }
#   pkgs.callPackage ./package.nix { nix = pkgs.nixVersions.nix_2_31; }
{
  lib,
  stdenv,
  callPackage,
  rustPlatform,
  pkg-config,
  boehmgc,
  boost,
  nlohmann_json,
  # The Nix that will load the plugin.
  nix,
  # What the plugin carries: the programs for the machine that evaluates.
  runtime ? callPackage ./runtime.nix { },
  imageBuilder ? callPackage ./runtime.nix { program = "system-installer-image"; },
}:

rustPlatform.buildRustPackage (finalAttrs: {
  pname = "nix-system-installer";
  inherit (import ./source.nix) version src;
  cargoLock.lockFile = ../Cargo.lock;

  outputs = [
    "out"
    "runtime"
    "imageBuilder"
  ];

  nativeBuildInputs = [ pkg-config ];
  buildInputs = [
    nix
    boehmgc
    boost
    nlohmann_json
  ];

  cargoBuildFlags = [ "--lib" ];
  buildFeatures = [ "plugin" ];
  env = {
    SYSTEM_INSTALLER_RUNTIME = "${runtime}/bin/system-installer";
    SYSTEM_INSTALLER_IMAGE_BUILDER = "${imageBuilder}/bin/system-installer-image";
  };
  # Symbols that another version of Nix lacks must not be missed before the plugin has said so.
  hardeningDisable = [ "bindnow" ];

  # The core's tests need no plugin, and the evaluator's a Nix store: tests/run runs both.
  doCheck = false;

  postInstall = ''
    install -D -m 0755 "$SYSTEM_INSTALLER_RUNTIME" "$runtime/bin/system-installer"
    install -D -m 0755 "$SYSTEM_INSTALLER_IMAGE_BUILDER" "$imageBuilder/bin/system-installer-image"
  '';

  # Loads, and answers, in the very Nix that it is for.
  doInstallCheck = stdenv.buildPlatform.canExecute stdenv.hostPlatform;
  nativeInstallCheckInputs = [ nix ];
  installCheckPhase = ''
    runHook preInstallCheck
    export HOME=$TMPDIR NIX_CONF_DIR=$TMPDIR
    problems=$(nix-instantiate --eval --store dummy:// --option plugin-files "$out/lib/libnix_system_installer.so" \
      --expr 'toString (map (problem: problem.path) (builtins.checkSystemInstaller { name = "a"; system = "x86_64-linux"; }))')
    if [ "$problems" != '"init"' ]; then
      echo "the plugin does not work in Nix ${nix.version}: it answers $problems"
      exit 1
    fi
    runHook postInstallCheck
  '';

  passthru = {
    inherit nix;
    # What belongs into nix.conf.
    settings.plugin-files = [ "${finalAttrs.finalPackage}/lib/libnix_system_installer.so" ];
  };

  meta = {
    description = "Nix evaluator plugin whose one function gives a system that initialises itself and makes its disk boot";
    license = lib.licenses.mit;
    platforms = lib.platforms.linux;
  };
})
