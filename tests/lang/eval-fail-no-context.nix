# A store path in a string without context looks right, and a build would not find it.
let
  path = "/nix/store/00000000000000000000000000000000-motd";
  discarded = builtins.unsafeDiscardStringContext (toString (derivation {
    name = "package";
    system = "x86_64-linux";
    builder = "/bin/false";
  }));
in
(builtins.mkSystemInstaller {
  name = "test";
  system = "x86_64-linux";
  runtime = "/nix/store/00000000000000000000000000000000-system-installer-0.1.0";
  init.command = [ "/init" ];
  # With context.
  files."/etc/a".source = builtins.storePath path;
  files."/etc/b".source = "${builtins.storePath path}/b";
  # Without.
  files."/etc/c".source = "${path}/c";
  files."/etc/d".source = discarded;
  files."/etc/e".source = { outPath = path; };
  files."/etc/f".source = { __toString = self: path; };
  # Text and targets say what they say.
  files."/etc/g".text = path;
  symlinks."/etc/h" = path;
}).drvPath
