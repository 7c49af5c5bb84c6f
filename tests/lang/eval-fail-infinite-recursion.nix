# So is a value that needs itself.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  hostName = let name = name + ""; in name;
}).drvPath
