# busybox's init with one job: it says on the console that it is up, and what it finds, and powers off.
let
  pkgs = import ../../nix-plugin/examples/debian;
  busybox = "${pkgs.busybox}/bin/busybox";
in
builtins.mkSystemInstaller {
  name = "busybox";
  system = "x86_64-linux";
  init.command = [ busybox "init" ];
  init.environment.GREETING = "from the plan";
  files."/etc/inittab".text = ''
    ::wait:${busybox} sh /etc/report
    ::once:${busybox} poweroff
  '';
  files."/etc/report".text = ''
    b=${busybox}
    say() { echo "REPORT $*"; }
    say "PID 1 is $($b readlink /proc/1/exe) $($b cut -d ' ' -f 1 /proc/1/stat)"
    say "greeting $GREETING"
    say "root holds:" $($b ls /)
    say "mounted:" $($b cut -d ' ' -f 2 /proc/mounts | $b sort -u)
    say "current $($b readlink /run/current-system)"
    $b touch /written && say "root is writable"
    say "machine-id $($b cat /etc/machine-id)"
  '';
}
