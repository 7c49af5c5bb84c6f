# The name is no string, and only the name is asked for.
(builtins.mkSystemInstaller {
  name = 5;
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
}).name
