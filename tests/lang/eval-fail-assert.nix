# A failed assertion is the author's own error too.
let
  isGood = false;
in
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  hostName = assert isGood; "bad";
}).drvPath
