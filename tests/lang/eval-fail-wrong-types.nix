# Values of the wrong types.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  hostName = [ "bad" ];
  files = "none";
  users.alice.uid = "1000";
  groups = [ ];
  init.environment.HOME = 1;
}).drvPath
