# A misspelt attribute further down.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  files."/etc/motd" = {
    text = "Hello.\n";
    onchange = "keep";
  };
}).drvPath
