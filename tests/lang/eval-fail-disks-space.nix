# Partitions for which there is no room.
(builtins.mkSystemInstaller {
  name = "disks";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  fileSystems."/".label = "root";
  image.size = "1G";
  disks.old = {
    device = "/dev/disk/by-id/a";
    content = {
      type = "msdos";
      partitions.big.size = "3T";
    };
  };
  disks.new = {
    device = "/dev/disk/by-id/b";
    imageSize = "20G";
    content = {
      type = "gpt";
      partitions = {
        backwards = {
          start = "-1G";
          end = "-2G";
          priority = 9002;
        };
        one.size = "4G";
        two = {
          start = "2G";
          size = "20G";
        };
        without = { };
      };
    };
  };
}).drvPath
