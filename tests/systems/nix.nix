# A system with a Nix of its own, which says on the console whether Nix knows and keeps its store, and powers off. It boots
# from the file system labelled `root` too.
{
  # GRUB's device.
  device ? "/dev/disk/by-id/virtio-root",
}:

let
  pkgs = import ../../nix-plugin/examples/debian;
  busybox = "${pkgs.busybox}/bin/busybox";
in
builtins.mkSystemInstaller {
  name = "with-nix";
  system = "x86_64-linux";
  init.command = [ busybox "init" ];
  nix = {
    enable = true;
    package = pkgs.nix;
  };
  files."/etc/nix/nix.conf".text = "build-users-group =\n";
  files."/etc/inittab".text = ''
    ::wait:${busybox} sh /etc/report
    ::once:${busybox} poweroff
  '';
  files."/etc/report".text = ''
    b=${busybox}
    export PATH=${pkgs.nix}/bin
    say() { echo "REPORT $*"; }
    say "current $($b readlink /run/current-system)"
    say "firmware $([ -d /sys/firmware/efi ] && echo UEFI || echo BIOS)"
    say "record $($b stat -c '%i %s %y %z' /var/lib/system-installer/record.json)"
    [ -e /nix-path-registration ] && say "registration is still there"
    say "paths $(nix-store --query --requisites /run/current-system | $b wc -l) of $($b ls /nix/store | $b wc -l)"
    nix-store --verify --check-contents && say "store verified"
    garbage=$(nix-store --add /etc/report)
    nix-collect-garbage && say "collected, and $(nix-store --check-validity /run/current-system && echo kept the system)"
    [ -e "$garbage" ] && say "garbage is still there"
    [ -x /run/current-system/init ] && nix-store --verify --check-contents && say "store verified again"
  '';

  fileSystems."/" = {
    label = "root";
    fsType = "ext4";
  };
  boot = {
    kernel = "${pkgs.linux}/bzImage";
    initrd = "${pkgs.initrd}/initrd";
    kernelParams = [ "console=ttyS0" "root=LABEL=root" "panic=-1" "quiet" ];
    loader.timeout = 1;
    loader.grub = {
      inherit device;
      extraConfig = ''
        serial --unit=0 --speed=115200
        terminal_input serial
        terminal_output serial
      '';
      package = pkgs.grub2;
    };
  };
}
