# Systems that boot from a disk, in editions, each of which says on the first serial port what it is and what it finds, and
# powers off. The root lies on the file system labelled `root`.
{
  # `busybox` or `systemd`.
  init ? "busybox",
  # `grub` or `systemd-boot`.
  loader ? "grub",
  edition ? 1,
  # GRUB's device.
  device ? "/dev/vda",
  uefi ? true,
  # Where EFI system partitions are mounted.
  esps ? "/boot/efi",
  # Seconds.
  timeout ? 1,
}:

let
  pkgs = import ../../nix-plugin/examples/debian;
  busybox = "${pkgs.busybox}/bin/busybox";

  boot = {
    kernel = "${pkgs.linux}/bzImage";
    initrd = "${pkgs.initrd}/initrd";
    kernelParams = [ "console=ttyS0" "root=LABEL=root" "panic=-1" "quiet" "edition=${toString edition}" ];
    label = "edition ${toString edition}";
    loader = {
      inherit timeout;
      efi.efiSysMountPoint = esps;
      ${loader} =
        {
          grub = {
            inherit device;
            efiSupport = uefi;
            efiInstallAsRemovable = uefi;
            extraConfig = ''
              serial --unit=0 --speed=115200
              terminal_input serial
              terminal_output serial
            '';
            package = pkgs.grub2;
          };
          systemd-boot.package = pkgs.systemd-boot;
        }
        .${loader};
    };
  };
in
{
  busybox = builtins.mkSystemInstaller {
    name = "reporter";
    system = "x86_64-linux";
    inherit boot;
    init.command = [ busybox "init" ];
    files."/etc/inittab".text = ''
      ::wait:${busybox} sh /etc/report
      ::once:${busybox} poweroff
    '';
    files."/etc/report".text = ''
      b=${busybox}
      say() { echo "REPORT $*"; }
      say "edition ${toString edition} on $($b cat /proc/cmdline)"
      say "current $($b readlink /run/current-system)"
      say "firmware $([ -d /sys/firmware/efi ] && echo UEFI || echo BIOS)"
      say "machine-id $($b cat /etc/machine-id)"
      say "record $($b stat -c '%i %s %y %z' /var/lib/system-installer/record.json)"
      say "done"
    '';
  };

  systemd = import ../../nix-plugin/examples/systemd.nix { inherit pkgs edition boot; };
}
.${init}
