# A system that its own disk boots: busybox's init behind GRUB, for BIOS and UEFI, or behind systemd-boot. The root lies on
# the file system labelled `root`, the EFI system partition is mounted on /boot/efi, and a shell waits on the first serial
# port.
#
#   nix-plugin/with-plugin nix-build nix-plugin/examples/bootable.nix
#   nix-plugin/with-plugin nix-build nix-plugin/examples/bootable.nix --argstr loader systemd-boot
#
# With Nixpkgs, one line changes: { pkgs ? import <nixpkgs> { } }:
# and its packages are then `pkgs.linux`, `makeInitrd` and `pkgs.systemd`; GRUB's two platforms come in the two packages
# `[ pkgs.grub2 pkgs.grub2_efi ]`.
{
  pkgs ? import ./debian,
  # `grub` or `systemd-boot`.
  loader ? "grub",
  # Whether GRUB is for UEFI too; then an EFI system partition has to be there.
  uefi ? true,
}:

let
  busybox = "${pkgs.busybox}/bin/busybox";
in
builtins.mkSystemInstaller {
  name = "bootable";
  system = "x86_64-linux";

  init.command = [ busybox "init" ];
  files."/etc/inittab".text = ''
    ::sysinit:${busybox} echo "booted from a disk by ${loader}"
    ttyS0::respawn:-${busybox} sh
    ::shutdown:${busybox} sync
  '';
  symlinks."/bin/sh" = busybox;

  boot = {
    kernel = "${pkgs.linux}/bzImage";
    initrd = "${pkgs.initrd}/initrd";
    kernelParams = [ "console=ttyS0" "root=LABEL=root" "panic=-1" ];
    loader = {
      timeout = 1;
      efi.efiSysMountPoint = "/boot/efi";
      ${loader} =
        {
          grub = {
            # On another disk: pre-boot --override-grub-device=DISK, where DISK may be the file of a disk's image.
            device = "/dev/vda";
            efiSupport = uefi;
            efiInstallAsRemovable = uefi;
            extraConfig = ''
              serial --unit=0 --speed=115200
              terminal_input console serial
              terminal_output console serial
            '';
            package = pkgs.grub2;
          };
          systemd-boot.package = pkgs.systemd-boot;
        }
        .${loader};
    };
  };
}
