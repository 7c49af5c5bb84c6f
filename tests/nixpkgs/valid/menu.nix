# Settings that a menu of the installer's would not have.
{
  networking.hostName = "a";
  boot.loader.grub.device = "/dev/sda";
  boot.loader.grub.enableCryptodisk = true;
  boot.loader.grub.forcei686 = true;
  boot.loader.grub.users.root.hashedPasswordFile = "/grub";
  boot.loader.grub.mirroredBoots = [
    {
      path = "/boot2";
      devices = [ "/dev/sdb" ];
    }
  ];
  boot.initrd.secrets."/key" = "/var/key";
  fileSystems."/".label = "root";
}
