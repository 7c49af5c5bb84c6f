# Debian 12's own systemd, up to multi-user.target, on a root that holds nothing but /nix/store; a unit reports how it
# went on the console and switches the machine off.
#
#   nix-plugin/with-plugin nix-build nix-plugin/examples/systemd.nix
#
# With Nixpkgs, `pkgs` changes: { pkgs ? import <nixpkgs> { } }: and `usr` goes away, because its systemd looks for
# nothing in /usr; the units are then in ${pkgs.systemd}/example/systemd.
{
  pkgs ? import ./debian,
  # A second edition of the same system: what a change of system has to do.
  edition ? 1,
  # How it boots from a disk, as in bootable.nix; without it, something else has to start it.
  boot ? null,
  # Its disks and how an image of them is made, as in disk.nix.
  disks ? null,
  image ? null,
}:

let
  # Debian's binaries look for each other in /usr. It is a real directory with relative links, so that it also resolves
  # from outside, where the root is only a folder; systemd-nspawn looks into it before it starts anything.
  usr = builtins.listToAttrs (
    map (name: {
      name = "/usr/${name}";
      value = "..${pkgs.systemd}/${name}";
    }) [ "bin" "lib" "lib64" "libexec" "sbin" "share" ]
    ++ map (name: {
      name = "/${name}";
      value = "usr/${name}";
    }) [ "bin" "lib" "lib64" "sbin" ]
  );

  report = ''
    say() { echo "REPORT $*"; }
    say "edition ${toString edition}, PID 1 is $(cat /proc/1/comm), $(systemctl is-system-running --wait)"
    say "failed units: $(systemctl --failed --no-legend --plain | cut -d' ' -f1 | tr '\n' ' ')"
    say "machine-id $(cat /etc/machine-id)"
    say "root holds: $(ls / | tr '\n' ' ')"
    say "$(id guest)"
    say "$(cat /etc/motd)"
    systemctl --no-block poweroff
  '';
in
builtins.mkSystemInstaller ({
  name = "debian";
  system = "x86_64-linux";
  hostName = "example";

  init.command = [ "${pkgs.systemd}/lib/systemd/systemd" ];
  init.environment.PATH = "/usr/bin:/usr/sbin";

  symlinks =
    usr
    // {
      "/etc/systemd/system/default.target" = "/usr/lib/systemd/system/multi-user.target";
      "/etc/systemd/system/multi-user.target.wants/report.service" = "../report.service";
      # Nobody logs in, and a login prompt would hang up the console under the report.
      "/etc/systemd/system/getty.target" = "/dev/null";
      "/etc/pam.d" = "${pkgs.systemd}/etc/pam.d";
    }
    // (if edition == 1 then { "/etc/only-in-1" = "motd"; } else { });

  files = {
    "/etc/motd".text = "edition ${toString edition}\n";
    "/etc/nsswitch.conf".text = ''
      passwd: files systemd
      group: files systemd
      shadow: files
      hosts: files dns
    '';
    "/etc/systemd/system/report.service".text = ''
      [Unit]
      Description=Report on the console, then power off
      After=multi-user.target

      [Service]
      Type=exec
      StandardOutput=tty
      TTYPath=/dev/console
      ExecStart=/usr/bin/sh ${builtins.toFile "report" report}
    '';
    "/home/guest/.profile" = {
      text = "umask 077\n";
      mode = "0600";
      user = "guest";
      group = "guest";
    };
  } // (if edition == 1 then { } else { "/etc/new-in-2".text = "new\n"; });

  directories."/home/guest" = {
    mode = "0700";
    user = "guest";
    group = "guest";
  };

  users = {
    guest = {
      uid = 1000;
      group = "guest";
      extraGroups = [ "video" ];
      home = "/home/guest";
      shell = "/bin/bash";
    };
    # Those that dbus and systemd run their services as.
    messagebus.group = "messagebus";
    systemd-network.group = "systemd-network";
  } // (if edition == 1 then { } else { second.group = "guest"; });

  groups = {
    guest.gid = 1000;
    video.gid = 44;
    messagebus = { };
    systemd-network = { };
    # Named by the rules of udev.
    input = { };
    kvm = { };
    render = { };
    sgx = { };
  };
}
// (if boot == null then { } else { inherit boot; })
// (if disks == null then { } else { inherit disks image; }))
