# A machine of NixOS's kind, in editions: the options of tests/nixpkgs, the module of nix-plugin, and a toplevel that can be
# built and started, of which `init` says what it is and powers off. It has a bootspec as NixOS writes one.
{
  edition ? 1,
  # Whether systemd is in stage 1, and with it pre-init; or else scripts are.
  systemd ? false,
  loader ? "grub",
}:

let
  pkgs = import ../../nix-plugin/examples/debian;
  busybox = "${pkgs.busybox}/bin/busybox";

  build =
    script: attributes:
    derivation (
      attributes
      // {
        builder = busybox;
        args = [
          "sh"
          "-euc"
          "b=${busybox}; ${script}"
        ];
      }
    );

  toplevel = build ''
    $b mkdir $out
    printf %s "$installBootLoader" >$out/install-boot-loader
    $b cat >$out/init <<END
    #!$b sh
    $b mkdir -p /proc
    $b mount -t proc proc /proc 2>/dev/null
    echo "REPORT edition ${toString edition} as process \$\$"
    echo "REPORT started \$0"
    echo "REPORT current \$($b readlink /run/current-system)"
    echo "REPORT etc has:" \$($b ls -A /etc)
    $b poweroff -f
    END
    $b chmod +x $out/init
    # With systemd in stage 1 there is a stage 2 of this name.
    $b cp $out/init $out/prepare-root
    parameters=
    for parameter in $kernelParams; do parameters="$parameters, \"$parameter\""; done
    $b cat >$out/boot.json <<END
    {
      "org.nixos.bootspec.v1": {
        "init": "$out/init",
        "initrd": "$initrd/initrd",
        "kernel": "$kernel/bzImage",
        "kernelParams": [ ''${parameters#, } ],
        "label": "NixOS (edition ${toString edition})",
        "system": "x86_64-linux",
        "toplevel": "$out"
      },
      "org.nixos.specialisation.v1": { }
    }
    END
  '';

  inherit
    (import ../nixpkgs/nixos {
      modules = [
        ../../nix-plugin/module.nix
        (
          { lib, ... }:
          {
            system.standIn.derivation = toplevel;
            system.build.initialRamdisk = lib.mkForce pkgs.initrd;
            boot.kernelPackages.kernel = pkgs.linux // {
              modDirVersion = "6.1";
            };
            networking.hostName = "nixos-${loader}";
            nix.enable = false;
            boot.kernelParams = [
              "console=ttyS0"
              "root=LABEL=root"
              "panic=-1"
              "quiet"
              "edition=${toString edition}"
            ];
            boot.loader = {
              timeout = 1;
              grub.device = lib.mkIf (loader == "grub") "/dev/disk/by-id/ata-DISK";
              grub.extraConfig = ''
                serial --unit=0 --speed=115200
                terminal_input serial
                terminal_output serial
              '';
              systemd-boot.enable = loader == "systemd-boot";
            };
            fileSystems."/" = {
              label = "root";
              fsType = "ext4";
            };
            fileSystems."/boot" = lib.mkIf (loader == "systemd-boot") {
              label = "ESP";
              fsType = "vfat";
            };
            boot.initrd.systemd.enable = systemd;
            system.installer = {
              bootLoader.enable = true;
              bootLoader.grubPackages = [ pkgs.grub2 ];
              bootLoader.systemdPackage = pkgs.systemd-boot;
              initrd.enable = systemd;
            };
          }
        )
      ];
    })
    config
    ;
in
{
  inherit (config.system.build) toplevel installer;

  # What the initial RAM disk is to have, a path a line, what its unit runs, and a shell for that.
  unit = build ''
    $b mkdir $out
    $b cp $b $out/busybox
    printf '%s\n' $storePaths >$out/store-paths
    printf %s "$script" >$out/script
  '' {
    name = "unit";
    system = "x86_64-linux";
    inherit (config.boot.initrd.systemd) storePaths;
    inherit (config.boot.initrd.systemd.services.system-installer-pre-init) script;
  };
}
