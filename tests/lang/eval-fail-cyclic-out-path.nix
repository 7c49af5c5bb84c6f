# A set that stands for itself.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  files."/etc/motd".source = let set = { outPath = set; }; in set;
}).drvPath
