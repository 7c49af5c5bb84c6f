# A file where another entry needs a directory.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  files."/etc/ssh".text = "";
  files."/etc/ssh/sshd_config".text = "";
}).drvPath
