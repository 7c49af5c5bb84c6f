# Where the plan is written is where its attributes are: line 6 for the name.
let
  installer = builtins.mkSystemInstaller {
    system = "x86_64-linux";
    init.command = [ "/sbin/init" ];
    name = "hello";
    files."/etc/motd" = {
      text = "Hello.\n";
    };
  };
  line = name: attributes: (builtins.unsafeGetAttrPos name attributes).line;
in
{
  name = line "name" installer;
  system = line "system" installer;
  plan = line "name" installer.plan;
  motd = line "/etc/motd" installer.plan.files;
  text = line "text" installer.plan.files."/etc/motd";
  drvAttrs = line "name" installer.drvAttrs;
}
