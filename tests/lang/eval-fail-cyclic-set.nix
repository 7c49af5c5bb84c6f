# A set that contains itself.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  files = let files = { "/etc/motd" = files; }; in files;
}).drvPath
