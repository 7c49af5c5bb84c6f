# The author's own message, with the attribute path in the trace.
let
  motd = builtins.throw "no message of the day today";
in
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  files."/etc/motd".text = motd;
}).drvPath
