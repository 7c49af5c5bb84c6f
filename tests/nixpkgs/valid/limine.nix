{
  networking.hostName = "a";
  boot.loader.limine.enable = true;
  fileSystems."/".label = "root";
}
