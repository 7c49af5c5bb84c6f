# A plan with something in every section, without any problem: what is hostile takes the place of one value in it.
let
  package = derivation {
    name = "package";
    system = "x86_64-linux";
    builder = "/bin/false";
  };
in
{
  name = "base";
  system = "x86_64-linux";
  buildSystem = "x86_64-linux";
  hostName = "base";
  base = "full";
  init.command = [ "/init" "argument" ];
  init.environment.KEY = "value";
  directories."/srv" = {
    mode = "0755";
    user = "key";
    group = "key";
  };
  files."/etc/key" = {
    text = "text";
    mode = "0644";
    user = "root";
    group = "root";
    onChange = "keep";
  };
  symlinks."/key" = {
    target = "target";
    onChange = "keep";
  };
  users.key = {
    uid = 1000;
    group = "key";
    extraGroups = [ "other" ];
    home = "/home/key";
    shell = "/bin/sh";
    description = "text";
    hashedPassword = "!";
    hashedPasswordFile = "/run/password";
  };
  groups.key = {
    gid = 1000;
    members = [ "key" ];
  };
  groups.other = { };
  fileSystems."/" = {
    device = "/dev/disk/by-label/root";
    fsType = "ext4";
    options = [ "noatime" ];
  };
  fileSystems."/boot" = {
    device = "/dev/disk/by-label/boot";
    fsType = "vfat";
  };
  machineId = "generate";
  hooks.preInit = [ [ "/hook" "argument" ] ];
  hooks.preBoot = [ [ "/hook" "argument" ] ];
  boot = {
    kernel = "${package}/kernel";
    initrd = [ "${package}/initrd" ];
    kernelParams = [ "quiet" ];
    label = "label";
    loader.timeout = 5;
    loader.efi.efiSysMountPoint = [ "/boot" ];
    loader.grub = {
      device = "/dev/disk/by-id/virtio-key";
      efiSupport = true;
      efiInstallAsRemovable = true;
      extraConfig = "set key=value\n";
      package = package;
    };
  };
}
