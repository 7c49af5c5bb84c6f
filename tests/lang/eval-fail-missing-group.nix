# A group that does not exist.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  users.alice.group = "wheels";
  users.bob.extraGroups = [ "audio" ];
}).drvPath
