# Problems in several files: those of one file stay together, each with its place.
(builtins.mkSystemInstaller (
  (import ./lib.nix).wrong
  // {
    system = "x86_64-linux";
    init.command = [ ];
    groups.a.gid = "1";
    users.b.uid = "1";
  }
)).drvPath
