# Machines whose menu is extlinux.conf: each says on the first serial port which generation it is, and powers off.
let
  pkgs = import ../../nix-plugin/examples/debian;
  busybox = "${pkgs.busybox}/bin/busybox";
  filesystem = mountpoint: {
    type = "filesystem";
    format = "ext4";
    inherit mountpoint;
  };
  machine =
    generation: attributes:
    builtins.mkSystemInstaller (
      {
        name = "board";
        system = "x86_64-linux";
        init.command = [ busybox "init" ];
        files."/etc/inittab".text = ''
          ::wait:${busybox} sh /etc/report
          ::once:${busybox} poweroff
        '';
        files."/etc/report".text = ''
          echo "REPORT generation ${toString generation} from $(${busybox} readlink /run/current-system)"
        '';
        image.mkfs.ext4 = pkgs.e2fsprogs;
        image.freeSpace = "32M";
        boot = {
          kernel = "${pkgs.linux}/bzImage";
          initrd = "${pkgs.initrd}/initrd";
          loader.timeout = 1;
          loader.generic-extlinux-compatible.configurationLimit = 3;
        } // attributes.boot;
      }
      // removeAttrs attributes [ "boot" ]
    );
  kernelParams = root: [ "console=ttyS0" "root=${root}" "panic=-1" "quiet" ];
in
{
  # One partition: U-Boot reads the kernel where it lies in the store.
  one =
    generation:
    machine generation {
      boot.kernelParams = kernelParams "/dev/vda1";
      disks.main = {
        device = "/dev/vda";
        content = {
          type = "gpt";
          partitions.root = { size = "100%"; content = filesystem "/"; };
        };
      };
    };

  # A partition for /boot, which is marked as the one to boot from, behind another: kernels are copied there.
  two = machine 1 {
    boot.kernelParams = kernelParams "/dev/vda2";
    disks.main = {
      device = "/dev/vda";
      content = {
        type = "gpt";
        partitions.spare = { size = "16M"; priority = 1; };
        partitions.root = { size = "600M"; priority = 2; content = filesystem "/"; };
        partitions.boot = { size = "100%"; priority = 3; attributes = [ 2 ]; content = filesystem "/boot"; };
      };
    };
  };
}
