# A container: no kernel, no boot loader, no file systems, no Nix.
{
  boot.isContainer = true;
  networking.hostName = "";
  nix.enable = false;
}
