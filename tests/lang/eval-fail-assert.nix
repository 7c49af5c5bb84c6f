# A failed assertion is the author's own error too.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  hostName = assert 1 == 2; "bad";
}).drvPath
