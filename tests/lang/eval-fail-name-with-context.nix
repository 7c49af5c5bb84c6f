# A derivation's name refers to nothing: `derivation` would say so of a line of its own.
let
  package = derivation {
    name = "package";
    system = "x86_64-linux";
    builder = "/bin/false";
  };
in
(builtins.mkSystemInstaller {
  system = "x86_64-linux";
  name = "a${builtins.substring 0 0 "${package}"}";
  init.command = [ "/sbin/init" ];
}).drvPath
