# File systems become lines of fstab(5), their mount points directories, and their defaults part of the plan.
let
  inherit
    (builtins.mkSystemInstaller {
      name = "mounts";
      system = "x86_64-linux";
      init.command = [ "/sbin/init" ];
      fileSystems = {
        "/" = {
          label = "root disk";
          fsType = "ext4";
          options = [ "noatime" ];
        };
        "/boot/efi" = {
          device = "UUID=1234-ABCD";
          fsType = "vfat";
        };
        "/srv/my data".device = "LABEL=data";
        "/tmp".fsType = "tmpfs";
      };
    })
    plan
    ;
in
{
  fstab = plan.files."/etc/fstab".text;
  root = plan.fileSystems."/";
  tmp = plan.fileSystems."/tmp";
  made = builtins.filter (path: builtins.match "/(boot|srv|tmp).*" path != null) (builtins.attrNames plan.directories);
}
