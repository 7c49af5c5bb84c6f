# The name, the system and the type are there without the rest of the plan.
let
  installer = builtins.mkSystemInstaller {
    name = "hello";
    system = "x86_64-linux";
    init = throw "nobody needs the command yet";
  };
in
[
  installer.name
  installer.system
  installer.type
  (builtins.attrNames installer)
]
