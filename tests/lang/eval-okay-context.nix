# Every store path that the plan names is an input of the derivation, and the filled-in plan still knows them.
let
  package = derivation {
    name = "package";
    system = "x86_64-linux";
    builder = "/bin/false";
  };
  installer = builtins.mkSystemInstaller {
    name = "hello";
    system = "x86_64-linux";
    init.command = [
      "${package}/bin/init"
      "--verbose"
    ];
    init.environment.PATH = "${package}/bin";
    files."/etc/derivation".source = package;
    files."/etc/path".source = ./lib.nix;
    files."/etc/string".source = "${./lib.nix}";
    symlinks."/bin" = "${package}/bin";
  };
  inputs = string: map baseNameOf (builtins.attrNames (builtins.getContext string));
  inherit (installer) plan;
in
{
  json = inputs installer.drvAttrs.plan;
  builder = inputs installer.builder;
  command = map inputs plan.init.command;
  environment = inputs plan.init.environment.PATH;
  derivation = inputs "${plan.files."/etc/derivation".source}";
  path = inputs plan.files."/etc/path".source;
  string = inputs plan.files."/etc/string".source;
  symlink = inputs plan.symlinks."/bin".target;
}
