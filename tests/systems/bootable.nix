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
  # Whether it installs its boot loader itself, as on a machine that is being installed: a firmware entry leads to it.
  installs ? false,
}:

let
  pkgs = import ../../nix-plugin/examples/debian;
  busybox = "${pkgs.busybox}/bin/busybox";
  canaries = import ./canaries.nix;

  # What the initrd does not need, and this does.
  install = ''
    for module in fs/fat/fat fs/fat/vfat fs/nls/nls_ascii fs/nls/nls_cp437 fs/efivarfs/efivarfs; do
      $b insmod ${pkgs.linux}/lib/modules/*/kernel/$module.ko
    done
    $b mkdir -p /boot/efi
    $b mount -t vfat /dev/vda2 /boot/efi
    $b mount -t efivarfs efivarfs /sys/firmware/efi/efivars
    say "pre-boot $(/run/current-system/pre-boot 2>&1)"
    say "ESP holds:" $(cd /boot/efi && $b find . -type f)
    $b umount /boot/efi
  '';

  boot = {
    kernel = "${pkgs.linux}/bzImage";
    initrd = "${pkgs.initrd}/initrd";
    kernelParams = [ "console=ttyS0" "root=LABEL=root" "panic=-1" "quiet" "edition=${toString edition}" ] ++ canaries.kernelParams;
    label = "edition ${toString edition} ${canaries.label}";
    loader = {
      inherit timeout;
      efi.efiSysMountPoint = esps;
      efi.canTouchEfiVariables = installs;
      ${loader} =
        {
          grub = {
            inherit device;
            efiSupport = uefi;
            efiInstallAsRemovable = uefi && !installs;
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
      # What the kernel makes of parameters that it does not know.
      $b tr '\0' '\n' </proc/1/environ | $b sed -n 's/^canary_/REPORT &/p'
      [ ! -e /canary ] || say "executed a canary"
      say "current $($b readlink /run/current-system)"
      say "firmware $([ -d /sys/firmware/efi ] && echo UEFI || echo BIOS)"
      say "machine-id $($b cat /etc/machine-id)"
      say "record $($b stat -c '%i %s %y %z' /var/lib/system-installer/record.json)"
      ${if installs then install else ""}
    '';
  };

  systemd = import ../../nix-plugin/examples/systemd.nix { inherit pkgs edition boot; };
}
.${init}
