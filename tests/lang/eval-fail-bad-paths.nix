# Paths that lead elsewhere or nowhere.
(builtins.mkSystemInstaller {
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  files."etc/motd".text = "relative";
  files."/etc/../motd".text = "upwards";
  files."/etc/line\nbreak".text = "two lines";
  directories."/srv/" = { };
  symlinks."/".target = "root";
}).drvPath
