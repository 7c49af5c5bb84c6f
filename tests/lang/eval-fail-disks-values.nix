# Values that no disk has.
(builtins.mkSystemInstaller {
  name = "disks";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  disks.main = {
    device = "/dev/disk/by-id/a";
    imageName = "a/b";
    content = {
      type = "gpt";
      partitions = {
        ESP = {
          size = "512 MB";
          type = "ESP";
        };
        root = {
          size = "50%";
          uuid = "1234";
          content = {
            type = "filesystem";
            format = "ext4";
            mountPoint = "/";
          };
        };
      };
    };
  };
}).drvPath
