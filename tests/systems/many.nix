# A plan with 100,000 files, in 100 folders.
let
  count = 1000;
  path = n: "/many/${toString (n / count)}/${toString (n - n / count * count)}";
in
builtins.mkSystemInstaller {
  name = "many";
  system = "x86_64-linux";
  init.command = [ "/init" ];
  files = builtins.listToAttrs (
    builtins.genList (n: {
      name = path n;
      value.text = "${toString n}\n";
    }) 100000
  );
}
