# Likewise in a list, whose elements have no place of their own.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [
    "/sbin/init"
    (throw "no second word")
  ];
}).drvPath
