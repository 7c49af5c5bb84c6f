# The smallest system: busybox's init on a root that holds nothing but /nix/store. A shell waits on the console.
#
#   nix-plugin/with-plugin nix-build nix-plugin/examples/minimal.nix
#
# With Nixpkgs, one line changes: { pkgs ? import <nixpkgs> { } }:
{ pkgs ? import ./debian }:

builtins.mkSystemInstaller {
  name = "minimal";
  system = "x86_64-linux";
  init.command = [ "${pkgs.busybox}/bin/busybox" "init" ];
  symlinks."/bin/sh" = "${pkgs.busybox}/bin/busybox";
}
