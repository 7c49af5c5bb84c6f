# A `throw` in the plan is still a `throw`: tryEval catches it.
(builtins.tryEval
  (builtins.mkSystemInstaller {
    name = "hello";
    system = "x86_64-linux";
    init.command = [ (throw "not today") ];
  }).drvPath
).success
