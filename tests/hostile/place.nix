# A plan with one of `values.nix` in one place, by the path that problems name it by. With an empty `place`, all there are; with
# `deep`, the value alone.
{ place, value ? null, deep ? false }:
let
  named = name: (import ./values.nix).${name}.value;
  inherit (import ./fields.nix) base set;
  places = {
    hostName = set [ "hostName" ];
    "files.\"/etc/key\".text" = set [ "files" "/etc/key" "text" ];
    "files.\"/etc/key\".source" = set [ "files" "/etc/key" "source" ];
    "init.command[1]" = hostile: plan: plan // { init.command = [ "/init" hostile ]; };
    "init.environment.KEY" = set [ "init" "environment" "KEY" ];
    "users.key.uid" = set [ "users" "key" "uid" ];
    "boot.loader.timeout" = set [ "boot" "loader" "timeout" ];
  };
in
if deep then builtins.toJSON (named value)
else if place == "" then
  # A line for each value in each place, with what is to be said.
  builtins.concatStringsSep "\n" (builtins.concatMap
    (value:
      let case = (import ./values.nix).${value}; in
      map (place: "${value}\t${if case.isNix or false then "nix" else "plan"}\t${place}\t${case.says}") (builtins.attrNames places))
    (builtins.attrNames (import ./values.nix)))
else (builtins.mkSystemInstaller (places.${place} (named value) base)).drvPath
