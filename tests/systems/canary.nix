# A system whose every text is a canary. Its init writes down, byte for byte, what has arrived.
let
  pkgs = import ../../nix-plugin/examples/debian;
  busybox = "${pkgs.busybox}/bin/busybox";
  inherit (import ./canaries.nix) line option path text;
in
builtins.mkSystemInstaller {
  name = "canary";
  system = "x86_64-linux";
  init.command = [ busybox "sh" "/etc/report" line text "" "-c" ];
  init.environment.CANARY = text;
  files."/etc/report".text = ''
    b=${busybox}
    $b mkdir /arrived
    n=0
    for word; do
      n=$((n + 1))
      printf %s "$word" >/arrived/argument.$n
    done
    printf %s "$CANARY" >/arrived/variable
    $b hostname >/arrived/hostname
    $b id >/arrived/id
    $b su -s ${busybox} web id >/arrived/id-of-web
    echo "REPORT done"
  '';
  files."/srv/${path}".text = text;
  directories."/srv/d ${path}" = { mode = "0750"; user = "web"; };
  symlinks."/srv/l ${path}" = line;
  users.web = {
    uid = 1000;
    description = line;
    home = "/home/${path}";
    shell = "/bin/${path}";
  };
  fileSystems."/" = { device = "/dev/disk/by-label/root"; options = [ "defaults" "x-canary=${option}" ]; };
  fileSystems."/mnt/a b#\\040${path}" = { device = "/dev/disk/by-id/c d#\\011${path}"; fsType = "xfs"; options = [ "noauto" "x=${option}" ]; };
  hooks.preInit = [
    [ busybox "sh" "-c" ''printf %s "$1" >"$SYSTEM_INSTALLER_PREFIX/hook.1"; printf %s "$2" >"$SYSTEM_INSTALLER_PREFIX/hook.2"'' "sh" line text ]
  ];
}
