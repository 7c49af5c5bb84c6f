# Systems whose disks are images: each says on the first serial port what it is and what it finds, and powers off.
let
  pkgs = import ../../nix-plugin/examples/debian;
  busybox = "${pkgs.busybox}/bin/busybox";

  # busybox's init and a report, to which attributes of the plan are added.
  reporter =
    extra: attributes:
    builtins.mkSystemInstaller (
      {
        name = "reporter";
        system = "x86_64-linux";
        init.command = [ busybox "init" ];
        files."/etc/inittab".text = ''
          ::wait:${busybox} sh /etc/report
          ::once:${busybox} poweroff
        '';
        files."/etc/report".text = ''
          b=${busybox}
          say() { echo "REPORT $*"; }
          say "current $($b readlink /run/current-system)"
          say "firmware $([ -d /sys/firmware/efi ] && echo UEFI || echo BIOS)"
          say "root is $($b awk '$2 == "/" { print $3, $4 }' /proc/mounts | $b tail -n 1 | $b cut -d, -f1)"
          say "kernel from $($b cat /proc/cmdline | $b cut -d' ' -f1)"
          ${extra}
        '';
      }
      // attributes
    );

  disk = { extra ? "", system ? { }, image ? { } }: import ../../nix-plugin/examples/disk.nix {
    inherit image;
    system = attributes: reporter extra (attributes // system);
  };

  loader = {
    timeout = 1;
    grub = {
      extraConfig = "serial --unit=0 --speed=115200\nterminal_output serial\n";
      package = pkgs.grub2;
    };
  };
  boot = root: {
    kernel = "${pkgs.linux}/bzImage";
    initrd = "${pkgs.initrd}/initrd";
    kernelParams = [ "console=ttyS0" "root=${root}" "panic=-1" "quiet" ];
  };
  filesystem = format: mountpoint: { type = "filesystem"; inherit format mountpoint; };
  gpt = partitions: { type = "gpt"; inherit partitions; };
  grub = { size = "1M"; type = "EF02"; };
  # Attributes for paths in /srv, and a text of so many words.
  entries = count: value: builtins.listToAttrs (
    builtins.genList (n: { name = "/srv/${toString count}-${toString n}"; value = value (toString n); }) count
  );
  text = count: n: builtins.concatStringsSep " " (builtins.genList (i: "${n}.${toString i}") count);
in
{
  plain = disk { };

  # Its disk says how large an image of it is.
  sized = import ../../nix-plugin/examples/disk.nix {
    system =
      attributes:
      reporter "" (attributes // { disks.main = attributes.disks.main // { imageSize = "1G"; }; });
  };

  # With a Nix that is told of its store at the first start.
  nix = disk {
    system.nix = { enable = true; package = pkgs.nix; };
    extra = ''
      export PATH=${pkgs.nix}/bin NIX_CONFIG='build-users-group ='
      say "paths $(nix-store --query --requisites /run/current-system | $b wc -l) of $($b ls /nix/store | $b wc -l)"
      nix-store --verify --check-contents && say "store verified"
    '';
  };

  # More room than is asked for is not made: on a usual closure, on one with large files, and on one of many small ones.
  usual = disk { image.freeSpace = "64M"; };
  large = disk {
    image.freeSpace = "64M";
    system.symlinks = entries 16 (n: builtins.toFile "large-${n}" (text 400000 n));
  };
  many = disk {
    image.freeSpace = "64M";
    system.directories = entries 5000 (_: { });
    system.symlinks = entries 3000 (n: "x${text 20 n}");
  };

  tooSmall = disk { image.size = "100M"; };
  packed = disk { image.format = "qcow2"; };

  # A root that nobody can write to. GRUB does not read it: kernels are on the EFI system partition.
  erofs = reporter "" {
    disks.main = {
      device = "/dev/vda";
      content = gpt {
        inherit grub;
        ESP = { size = "128M"; type = "EF00"; content = filesystem "vfat" "/boot"; };
        root = {
          size = "100%";
          content = filesystem "erofs" "/" // { mountOptions = [ "ro" ]; };
        };
      };
    };
    image.mkfs.erofs = pkgs.erofs-utils;
    boot = boot "/dev/vda3" // {
      loader = loader // {
        efi.efiSysMountPoint = "/boot";
        grub = loader.grub // { device = "/dev/vda"; efiSupport = true; efiInstallAsRemovable = true; };
      };
    };
  };

  # One disk to boot from, with a table of the old kind, and another one with the root and swap.
  two = reporter "" {
    disks.first = {
      device = "/dev/vda";
      content = {
        type = "msdos";
        partitions.boot = { size = "100%"; bootable = true; content = filesystem "ext4" "/boot"; };
      };
    };
    disks.second = {
      device = "/dev/vdb";
      content = gpt {
        swap = { size = "16M"; content.type = "swap"; };
        root = { size = "100%"; content = filesystem "ext4" "/" // { extraArgs = [ "-L root" ]; }; };
      };
    };
    image = { freeSpace = "16M"; mkfs.ext4 = pkgs.e2fsprogs; };
    boot = boot "LABEL=root" // { loader = loader // { grub = loader.grub // { device = "/dev/vda"; }; }; };
  };

  # disko's example of swap: where it lies is known once the disk's size is. The file is named as the plan says.
  fromTheEnd = reporter "" {
    disks.main = {
      device = "/dev/vda";
      imageName = "own-name";
      content = gpt {
        root = { end = "-64M"; content = filesystem "ext4" "/"; };
        swap = { size = "100%"; content.type = "swap"; };
      };
    };
    image = { freeSpace = "16M"; mkfs.ext4 = pkgs.e2fsprogs; };
  };

  notYet = reporter "" {
    disks.main = {
      device = "/dev/vda";
      content = gpt {
        root = { size = "100%"; content = { type = "btrfs"; mountpoint = "/"; }; };
        data = { size = "1G"; content = filesystem "xfs" "/srv"; };
      };
    };
  };
}
