# Ten mistakes are ten problems, each at its own place.
let
  common = {
    name = "ten problems";
    machineId = "short";
  };
in
(builtins.mkSystemInstaller (common // {
  system = "x86_64-linux"; hostname = "ten";
  init = { command = [ ]; };
  users = {
    alice = { shell = 5; uid = -1; };
    bob.group = "nobodies";
  };
  files."/etc/motd" = {
    mode = "rw-r--r--";
    text = "Hello.\n";
  };
  files."etc/issue".text = "";
  hooks.preInit = [
    [ "/bin/true" ]
    "/bin/false"
  ];
})).drvPath
