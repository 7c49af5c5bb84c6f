# A container with one service: busybox's web server, as a user of its own, kept up by busybox's init.
#
#   nix-plugin/with-plugin nix-build nix-plugin/examples/container.nix
#
# With Nixpkgs, one line changes: { pkgs ? import <nixpkgs> { } }:
{ pkgs ? import ./debian }:

let
  busybox = "${pkgs.busybox}/bin/busybox";
in
builtins.mkSystemInstaller {
  name = "web";
  system = "x86_64-linux";

  init.command = [ busybox "init" ];
  files."/etc/inittab".text = ''
    ::respawn:${busybox} httpd -f -p 8080 -u www -h /srv/www
    ::shutdown:${busybox} kill -TERM -1
  '';

  users.www = {
    uid = 800;
    group = "www";
    home = "/srv/www";
    description = "web server";
  };
  groups.www.gid = 800;

  directories."/srv/www" = {
    mode = "0750";
    group = "www";
  };
  files."/srv/www/index.html" = {
    text = ''
      <!doctype html>
      <title>web</title>
      <p>This page lies on a root that began as a bare Nix store.
    '';
    mode = "0640";
    group = "www";
    # A page that somebody edited in the container is put back.
    onChange = "replace";
  };
}
