# no-clone.nix takes GRUB's disk from every child; a child of a child is left out; one takes nothing of its system.
{
  networking.hostName = "a";
  boot.loader.grub.device = "/dev/sda";
  fileSystems."/".label = "root";
  specialisation.quiet.configuration = {
    boot.kernelParams = [ "quiet" ];
    specialisation.inner.configuration.boot.kernelParams = [ "debug" ];
  };
  specialisation.other.inheritParentConfig = false;
  specialisation.other.configuration = {
    networking.hostName = "other";
    fileSystems."/".label = "other";
  };
}
