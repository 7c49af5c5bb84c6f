# With --show-trace: the author's message first, then the attribute of the plan, then the way through the author's code.
let
  enabled = option: if option == "yes" then true else throw "`${option}` is neither `yes` nor `no`";
  module = { option }: {
    boot.loader.systemd-boot.editor = enabled option;
  };
in
(builtins.mkSystemInstaller ({
  name = "bad";
  system = "x86_64-linux";
  init.command = [ "/init" ];
} // module { option = "maybe"; })).drvPath
