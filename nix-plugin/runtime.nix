# A static program of this project, for the platform of the `stdenv` it is called with: the runtime, or the one named by
# `program` (`system-installer-build`, or the host tool `system-installer`). It needs no Nix and names no store path.
#
#   pkgs.callPackage ./runtime.nix { }                                 # with the C library that `pkgs` has, linked statically
#   pkgs.pkgsCross.aarch64-multiplatform.callPackage ./runtime.nix { } # for another machine
#
# `build-plugin` makes the same program with cargo alone; flags that are changed here are changed there.
{
  stdenv,
  rustPlatform,
  removeReferencesTo,
  lib,
  callPackage,
  program ? "system-installer-runtime",
}:

let
  isRuntime = program == "system-installer-runtime";
in
rustPlatform.buildRustPackage {
  pname = program;
  inherit (import ./source.nix) version src;
  cargoLock.lockFile = ../Cargo.lock;

  # The profile that makes the runtime small (see Cargo.toml); the others never enter a system.
  buildType = if isRuntime then "runtime" else "release";
  # Alone: in a build of several it would get features that only another one asks for.
  cargoBuildFlags = [
    "-p"
    program
    "--bin"
    program
  ];
  # A section with the list of crates would be in the closure of every system.
  auditable = false;

  # GNU's C library has its static half in an output of its own; musl's comes with it.
  buildInputs = lib.optional stdenv.hostPlatform.isGnu stdenv.cc.libc.static;
  env.RUSTFLAGS = "-C target-feature=+crt-static -C relocation-model=static";

  # The tests want strace, GRUB, a file system's tools and a kernel: tests/run runs them.
  doCheck = false;

  nativeBuildInputs = [ removeReferencesTo ];
  stripAllList = [ "bin" ];
  # The C library has its own path where it would look for locales and time zones.
  postFixup = ''
    remove-references-to -t ${stdenv.cc.libc} "$out/bin/${program}"
  '';
  allowedReferences = [ ];

  passthru = lib.optionalAttrs isRuntime {
    # What builds the systems that this runtime is for, on a machine of the same kind.
    build = callPackage ./runtime.nix { program = "system-installer-build"; };
  };

  meta = {
    description =
      {
        system-installer-runtime = "Initialises, starts and makes bootable the systems of nix-system-installer";
        system-installer-build = "Builds the systems of nix-system-installer";
        system-installer = "Checks, shows and installs the systems of nix-system-installer, and makes images of them";
      }
      .${program};
    license = lib.licenses.mit;
    platforms = lib.platforms.linux;
    mainProgram = program;
  };
}
