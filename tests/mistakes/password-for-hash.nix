builtins.mkSystemInstaller {
  name = "web";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  users.alice.hashedPassword = "Still not giving it away :P";
}
