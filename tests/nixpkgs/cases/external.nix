# A boot loader that a command installs; settings of another one that is not used do not matter.
{
  networking.hostName = "external";
  boot.loader.external = {
    enable = true;
    installHook = "/run/current-system/sw/bin/install-boot-loader";
  };
  boot.loader.grub.useOSProber = true;
  fileSystems."/".label = "root";
  system.installer.bootLoader.enable = true;
}
