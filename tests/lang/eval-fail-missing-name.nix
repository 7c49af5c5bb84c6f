# The name is missing, and only the name is asked for.
(builtins.mkSystemInstaller {
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
}).name
