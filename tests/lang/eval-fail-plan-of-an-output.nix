# The plan.json of an output, which has no packages for a build.
(builtins.mkSystemInstaller {
  built = true;
  name = "again";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
}).drvPath
