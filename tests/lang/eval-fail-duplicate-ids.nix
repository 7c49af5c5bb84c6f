# One id for two.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  users.alice.uid = 1000;
  users.bob.uid = 1000;
  groups.staff.gid = 50;
  groups.crew.gid = 50;
}).drvPath
