# A whole machine as a disk image, made in the sandbox without a virtual machine or root: Debian's systemd on one disk that
# boots from BIOS and from UEFI.
#
#   nix-plugin/with-plugin nix-build nix-plugin/examples/disk.nix -A image
#   nix-plugin/run/disk result/debian.raw
#
# With Nixpkgs, one line changes: { pkgs ? import <nixpkgs> { } }: (see bootable.nix for its packages.)
{
  pkgs ? import ./debian,
  # The system, to which a plan's `disks`, `image` and `boot` are added.
  system ? attributes: import ./systemd.nix ({ inherit pkgs; } // attributes),
  # How the image is made, besides.
  image ? { },
}:

let
  # What the machine itself calls it.
  device = "/dev/disk/by-id/virtio-main";
in
system {
  disks.main = {
    inherit device;
    content = {
      type = "gpt";
      partitions = {
        # GRUB's core, for BIOS.
        grub = {
          size = "1M";
          type = "EF02";
        };
        ESP = {
          size = "64M";
          type = "EF00";
          content = {
            type = "filesystem";
            format = "vfat";
            mountpoint = "/boot/efi";
          };
        };
        root = {
          size = "100%";
          content = {
            type = "filesystem";
            format = "ext4";
            mountpoint = "/";
            # By this the initial RAM disk finds it.
            extraArgs = [ "-L" "root" ];
          };
        };
      };
    };
  };

  image = {
    mkfs.ext4 = pkgs.e2fsprogs;
  } // image;

  boot = {
    kernel = "${pkgs.linux}/bzImage";
    initrd = "${pkgs.initrd}/initrd";
    kernelParams = [ "console=ttyS0" "root=LABEL=root" "panic=-1" ];
    loader = {
      timeout = 1;
      efi.efiSysMountPoint = "/boot/efi";
      grub = {
        inherit device;
        efiSupport = true;
        efiInstallAsRemovable = true;
        extraConfig = ''
          serial --unit=0 --speed=115200
          terminal_input console serial
          terminal_output console serial
        '';
        package = pkgs.grub2;
      };
    };
  };
}
