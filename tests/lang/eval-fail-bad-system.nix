# The system is empty.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "";
  init.command = [ "/sbin/init" ];
}).drvPath
