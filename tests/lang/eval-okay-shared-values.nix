# One value in several places is no cycle.
let
  file = { text = "shared"; };
in
(builtins.mkSystemInstaller {
  name = "hello";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  files."/a" = file;
  files."/b" = file;
}).drvAttrs.plan
