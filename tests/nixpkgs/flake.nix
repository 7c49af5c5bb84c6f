# Takes the place of the input `nixpkgs` of nix-plugin/flake.nix.
{
  description = "Stands in for Nixpkgs in tests";

  outputs =
    { self }:
    let
      lib = import ./lib // {
        nixosSystem = import ./nixos;
      };
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs [ "aarch64-linux" "x86_64-linux" ] (system: import ./. { inherit system; });
    };
}
