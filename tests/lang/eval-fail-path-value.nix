# A path where the string itself is meant: Nix would copy what it names into the store.
(builtins.mkSystemInstaller {
  name = "paths";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  users.alice.home = /home/alice;
}).drvPath
