# The attribute `plan` is the plan with its defaults, over what the plan says.
(builtins.mkSystemInstaller {
  name = "hello";
  system = "x86_64-linux";
  base = "none";
  init.command = [ "/sbin/init" ];
  files."/etc/motd".text = "Hello.\n";
  symlinks."/etc/mtab" = "../proc/self/mounts";
  users.alice.uid = 1000;
  machineId = null;
}).plan
