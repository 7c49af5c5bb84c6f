# A virtual machine of the configuration: on file systems of its own, and without a boot loader unless that is asked for.
{ config, lib, ... }:

let
  inherit (lib) mkOption mkVMOverride types;
  cfg = config.virtualisation;
  no = mkOption {
    type = types.bool;
    default = false;
  };
  shared = tag: {
    device = tag;
    fsType = "9p";
    neededForBoot = true;
    options = [
      "trans=virtio"
      "version=9p2000.L"
    ];
  };
in
{
  options.virtualisation = {
    useBootLoader = no;
    useEFIBoot = no;
  };

  config = {
    boot.loader.grub.device = mkVMOverride (
      if cfg.useEFIBoot then "nodev" else "/dev/disk/by-id/virtio-root"
    );
    boot.loader.grub.gfxmodeBios = "1024x768";
    boot.loader.supportsInitrdSecrets = lib.mkIf (!cfg.useBootLoader) (mkVMOverride false);
    swapDevices = mkVMOverride [ ];
    fileSystems = mkVMOverride (
      {
        "/" = {
          device = "/dev/disk/by-label/nixos";
          fsType = "ext4";
        };
        "/tmp/shared" = shared "shared";
        "/tmp/xchg" = shared "xchg";
      }
      // lib.optionalAttrs (!cfg.useBootLoader) {
        "/nix/.ro-store" = shared "nix-store";
        "/nix/.rw-store" = {
          fsType = "tmpfs";
          options = [ "mode=0755" ];
          neededForBoot = true;
        };
        "/nix/store" = {
          device = "overlay";
          fsType = "overlay";
          neededForBoot = true;
          options = [
            "lowerdir=/sysroot/nix/.ro-store"
            "upperdir=/sysroot/nix/.rw-store/upper"
            "workdir=/sysroot/nix/.rw-store/work"
          ];
        };
      }
      // lib.optionalAttrs (cfg.useBootLoader && cfg.useEFIBoot) {
        ${config.boot.loader.efi.efiSysMountPoint} = {
          device = "/dev/disk/by-label/ESP";
          fsType = "vfat";
        };
      }
    );
  };
}
