# The list ends after fifty.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  groups = builtins.listToAttrs (
    builtins.genList (n: {
      name = "group${toString n}";
      value.gid = "none";
    }) 120
  );
}).drvPath
