# The name cannot be that of a store path.
(builtins.mkSystemInstaller {
  name = "two words";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
}).drvPath
