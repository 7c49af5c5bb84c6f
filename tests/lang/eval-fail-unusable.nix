# Values that no plan can hold.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  hostName = x: x;
  users.alice.uid = 1000.5;
  files."/etc/motd".text = builtins.toString;
}).drvPath
