# Store paths made from Debian 12's packages: what the examples have instead of Nixpkgs. `./fetch` downloads the packages;
# here they are unpacked, in the sandbox, by the static busybox that is one of them.
let
  # The downloaded packages of one set, as one store path.
  packages =
    set:
    if builtins.pathExists (./packages + "/${set}") then
      builtins.path {
        name = if set == "busybox" then set else "${set}-packages";
        path = ./packages + "/${set}";
      }
    else
      throw "the Debian packages for `${set}' are not there yet: run ${toString ./fetch} ${set}";

  busybox = packages "busybox";

  # A derivation whose builder is a shell script, with busybox's commands in its PATH.
  build =
    name: script: attributes:
    derivation (
      {
        inherit name;
        system = "x86_64-linux";
        builder = "${busybox}/bin/busybox";
        args = [
          "sh"
          "-euc"
          ''"$0" mkdir "$TMPDIR/bin"; "$0" --install -s "$TMPDIR/bin"; export PATH="$TMPDIR/bin"; . ${script}''
          "${busybox}/bin/busybox"
        ];
      }
      // attributes
    );
in
rec {
  # Every command of busybox as one static binary; its name must stay `busybox`.
  inherit busybox;

  # Debian's systemd with udev, dbus, util-linux, coreutils, bash and their libraries, as it comes: the binaries look for
  # each other in /usr, so that a system needs links from there into `bin`, `sbin`, `lib`, `lib64` and `share`.
  systemd = build "systemd" ./systemd.sh { packages = packages "systemd"; };

  # `bzImage`, `config` and `lib/modules`: the kernel for virtual machines.
  linux = build "linux" ./linux.sh { packages = packages "linux"; };

  # `bin/grub-mkimage`, `bin/grub-script-check` and the platforms for BIOS and UEFI in `lib/grub`: what a plan's GRUB is made from.
  grub2 = build "grub" ./grub.sh {
    inherit busybox;
    packages = packages "grub";
  };

  # Nix itself: `bin/nix-store` and the other commands.
  nix = build "nix" ./nix.sh {
    inherit busybox;
    packages = packages "nix";
  };

  # `bin/mkfs.ext4`.
  e2fsprogs = build "e2fsprogs" ./mkfs.sh {
    inherit busybox;
    packages = packages "e2fsprogs";
    commands = "mkfs.ext4";
  };

  # `bin/mkfs.erofs`.
  erofs-utils = build "erofs-utils" ./mkfs.sh {
    inherit busybox;
    packages = packages "erofs-utils";
    commands = "mkfs.erofs";
  };

  # systemd-boot in `lib/systemd/boot/efi`, which Debian has in a package of its own.
  systemd-boot = build "systemd-boot" ./systemd-boot.sh { packages = packages "systemd-boot"; };

  # `initrd`: mounts the root that the kernel's command line names (ext4 or EROFS) and starts the `init=` that lies on it.
  initrd = build "initrd" ./initrd.sh {
    inherit busybox linux;
    init = ./initrd-init;
  };
}
