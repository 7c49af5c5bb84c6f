# A list that contains itself.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  hooks.preInit = let list = [ list ]; in list;
}).drvPath
