# Entries that are not one tree, or not this plan's to write.
(builtins.mkSystemInstaller {
  name = "tree";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  directories = {
    "/home" = null;
    "/nix/store/own" = { };
    "/srv".user = "007";
  };
  files = {
    "/etc/passwd".text = "root:x:0:0::/root:/bin/sh\n";
    "/etc/issue" = {
      text = "hello";
      source = ./eval-fail-tree.nix;
    };
    "/home/alice/notes".text = "";
    "/srv".text = "";
  };
  symlinks."/bin" = "";
}).drvPath
