# What would break a line of /etc/passwd.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  users.alice.description = "Alice:0:0";
  users.bob.home = "/home/bob\nroot::0:0::/:/bin/sh";
  users."c:d" = { };
}).drvPath
