# A root that would not be root.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  users.root.uid = 7;
  groups.root.gid = 8;
}).drvPath
