# The problems of a plan as a value: of each what, where, and what to write instead; a warning too.
let
  plan = {
    name = "checked";
    system = "x86_64-linux";
    init.command = [ "/sbin/init" ];
    users.alice.hashedPassword = "$y$j9T$salt$hash";
  };
  problems = builtins.checkSystemInstaller (
    plan
    // {
      hostNmae = "checked";
      files."/etc/motd" = {
        text = "Hello.\n";
        mode = 644;
      };
      groups.a.members = [ "bob" ];
    }
  );
in
{
  problems = map (problem: problem // { file = baseNameOf problem.file; }) problems;
  none = builtins.checkSystemInstaller (removeAttrs plan [ "users" ]);
}
