# Passwords that are none, users that there are not, programs without a path; and what is missing elsewhere.
(builtins.mkSystemInstaller {
  name = "accounts";
  system = "aarch64-linux";
  buildSystem = "x86_64-linux";
  init = {
    command = [ "init" ];
    environment."A=B" = "c";
  };
  users.alice.hashedPassword = "correct horse battery staple";
  groups.wheel.members = [ "bob" ];
  directories."/srv".user = "carol";
  nix.enable = true;
}).drvPath
