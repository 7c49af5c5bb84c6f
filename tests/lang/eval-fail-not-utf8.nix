# Strings and names that are not UTF-8.
let
  byte = builtins.readFile ./latin-1.txt;
in
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  files."/etc/motd".text = "caf${byte}";
  files."/etc/caf${byte}".text = "";
}).drvPath
