builtins.mkSystemInstaller {
  name = "web";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  users.alice = {
    uid = 1000;
    group = "staff";
  };
}
