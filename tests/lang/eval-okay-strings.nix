# What builtins.toJSON takes for a string is a string.
let
  plan = {
    name = {
      __toString = self: "he" + self.end;
      end = "llo";
    };
    system = "x86_64-linux";
    init.command = [ { outPath = { outPath = "/sbin/init"; }; } ];
  };
  plain = {
    name = "hello";
    system = "x86_64-linux";
    init.command = [ "/sbin/init" ];
  };
  installer = builtins.mkSystemInstaller plan;
in
[
  installer.drvAttrs.plan
  (installer.drvAttrs.plan == (builtins.mkSystemInstaller plain).drvAttrs.plan)
]
