# So is an attribute that an expression lacks.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  hostName = { }.name;
}).drvPath
