# A misspelt attribute, with the nearest name.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  hostname = "bad";
}).drvPath
