# Where Nix remembers no place of the attribute itself, the nearest known one is told, and never another line.
let
  users = builtins.listToAttrs [
    {
      name = "alice";
      value = { uid = "listed"; };
    }
  ];
  groups = builtins.mapAttrs (name: gid: { inherit gid; }) { staff = "mapped"; };
  imported = (import ./lib.nix).plan;
in
(builtins.mkSystemInstaller (imported // {
  inherit users;
  groups = groups;
  "${"host"}Name" = 1;
  hooks.preInit = map (word: [ word ]) [ 1 ];
})).drvPath
