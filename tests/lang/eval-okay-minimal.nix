# The smallest plan gives a derivation like any other.
let
  installer = builtins.mkSystemInstaller {
    name = "hello";
    system = "x86_64-linux";
    init.command = [ "/sbin/init" ];
  };
in
{
  inherit (installer)
    name
    system
    type
    outputName
    builder
    drvPath
    outPath
    ;
}
