# The plugin for the Nix of a Nixpkgs, and what comes with it:
#
#   nix-build nix-plugin                   # for `pkgs.nix`
#   nix-build nix-plugin -A runtime
#   nix-build nix-plugin --arg nix '(import <nixpkgs> { }).nixVersions.nix_2_31'
{
  pkgs ? import <nixpkgs> { },
  nix ? pkgs.nix,
}:

pkgs.callPackage ./package.nix { inherit nix; }
