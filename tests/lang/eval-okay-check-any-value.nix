# No value makes the check itself fail.
let
  codes = plan: map (problem: "${problem.code} ${problem.path}") (builtins.checkSystemInstaller plan);
  cyclic = {
    name = "cyclic";
    system = "x86_64-linux";
    init.command = [ "/sbin/init" ];
    files."/etc/motd" = cyclic;
  };
in
{
  null = codes null;
  integer = codes 1;
  string = codes "plan";
  path = codes ./lib.nix;
  list = codes [ ];
  function = codes (plan: plan);
  empty = codes { };
  derivation = codes (derivation {
    name = "package";
    system = "x86_64-linux";
    builder = "/bin/false";
  });
  cyclic = codes cyclic;
  # What the plan itself throws is thrown.
  thrown = (builtins.tryEval (codes { name = throw "no"; })).success;
}
