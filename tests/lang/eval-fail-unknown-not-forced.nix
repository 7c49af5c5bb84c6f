# What is unknown is not evaluated.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  pkgs = throw "a whole package set";
}).drvPath
