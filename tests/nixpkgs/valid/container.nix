# Its root is the host's business; it has a directory of the host's besides.
{
  networking.hostName = "a";
  boot.isContainer = true;
  boot.loader.initScript.enable = true;
  fileSystems."/data" = {
    device = "/host/data";
    options = [ "bind" ];
  };
}
