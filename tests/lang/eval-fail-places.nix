# Where Nix remembers no place of the attribute itself, the nearest known one is told, and never another line.
let
  users = builtins.listToAttrs [
    {
      name = "alice";
      value = { uid = "listed"; };
    }
  ];
  groups = builtins.mapAttrs (name: gid: { inherit gid; }) { staff = "mapped"; };
  mode = 644;
  imported = (import ./lib.nix).plan;
in
(builtins.mkSystemInstaller (imported // {
  inherit users;
  groups = groups;
  files."/etc/motd" = {
    inherit mode;
    text = "Hello.\n";
  };
  "${"host"}Name" = 1;
  hooks.preInit = map (word: [ word ]) [ 1 ];
})).drvPath
