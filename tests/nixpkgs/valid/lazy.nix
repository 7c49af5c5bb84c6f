# What its toplevel has no need of is not looked at.
{
  networking.hostName = "a";
  boot.loader.grub.device = "/dev/sda";
  boot.loader.grub.extraConfig = throw "extraConfig";
  boot.loader.grub.users = throw "users";
  boot.loader.grub.configurationLimit = throw "configurationLimit";
  boot.loader.systemd-boot.editor = throw "editor";
  boot.loader.timeout = throw "timeout";
  nix.package = throw "nix";
  systemd.package = throw "systemd";
  fileSystems."/".label = "root";
  system.installer.image = throw "image";
  system.installer.plan = throw "plan";
}
