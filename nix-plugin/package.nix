# The plugin, in the style of Nixpkgs: `out` has lib/libnix_system_installer.so, for the evaluator `nix` and no other
# version; the others are static programs that the plugin carries: `runtime`, by which every system that it makes is run,
# `build`, which builds them, and `host`, the tool for people, which makes disk images and tarballs too.
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
  build ? callPackage ./runtime.nix { program = "system-installer-build"; },
  host ? callPackage ./runtime.nix { program = "system-installer"; },
}:

rustPlatform.buildRustPackage (finalAttrs: {
  pname = "nix-system-installer";
  inherit (import ./source.nix) version src;
  cargoLock.lockFile = ../Cargo.lock;

  outputs = [
    "out"
    "runtime"
    "build"
    "host"
  ];

  nativeBuildInputs = [ pkg-config ];
  buildInputs = [
    nix
    boehmgc
    boost
    nlohmann_json
  ];

  cargoBuildFlags = [
    "-p"
    "nix-system-installer"
  ];
  env = {
    SYSTEM_INSTALLER_RUNTIME = "${runtime}/bin/system-installer-runtime";
    SYSTEM_INSTALLER_BUILD = "${build}/bin/system-installer-build";
    SYSTEM_INSTALLER_HOST = "${host}/bin/system-installer";
  };
  # Symbols that another version of Nix lacks must not be missed before the plugin has said so.
  hardeningDisable = [ "bindnow" ];

  # The core's tests need no plugin, and the evaluator's a Nix store: tests/run runs both.
  doCheck = false;

  postInstall = ''
    install -D -m 0755 "$SYSTEM_INSTALLER_RUNTIME" "$runtime/bin/system-installer-runtime"
    install -D -m 0755 "$SYSTEM_INSTALLER_BUILD" "$build/bin/system-installer-build"
    install -D -m 0755 "$SYSTEM_INSTALLER_HOST" "$host/bin/system-installer"
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
