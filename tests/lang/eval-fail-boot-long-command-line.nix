# More parameters than the kernel takes.
(builtins.mkSystemInstaller {
  name = "long";
  system = "x86_64-linux";
  init.command = [ "/sbin/init" ];
  boot.kernel = ./lib.nix;
  boot.kernelParams = builtins.genList (n: "parameter${toString n}=value") 150;
  boot.loader.external.command = [ "/bin/install" ];
}).drvPath
