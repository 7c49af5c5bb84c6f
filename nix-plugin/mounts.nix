# What NixOS mounts of `system.installer.disks`, where disko's own module is not there to say it: `fileSystems` and
# `swapDevices`. Names and devices are those that the plan has by default (`src/plan/disk/fill.rs`), so that an image's
# partitions are found.
{ lib, disks }:

let
  inherit (lib) optional optionals;
  orElse = default: value: if value == null then default else value;
  # What an attribute of this name says; `null` is the same as nothing.
  of = name: set: set.${name} or null;
  present = lib.filterAttrs (_: value: value != null);

  # As udev writes what no link may hold as it is.
  escaped = builtins.replaceStrings
    [ " " "!" "\"" "$" "%" "&" "'" "(" ")" "*" "," "/" ";" "<" ">" "?" "[" "\\" "]" "^" "`" "{" "|" "}" "~" ]
    (map (code: "\\x${code}") [
      "20" "21" "22" "24" "25" "26" "27" "28" "29" "2a" "2c" "2f" "3b" "3c" "3e" "3f" "5b" "5c" "5d" "5e" "60" "7b" "7c" "7d" "7e"
    ]);

  # A GPT has no longer names.
  short =
    label:
    if builtins.stringLength label <= 36 then label else builtins.substring 0 36 (builtins.hashString "sha256" label);

  gptDevice =
    holder: attribute: partition:
    let
      name = orElse attribute (of "name" partition);
      label = orElse (short "${holder.kind}-${holder.name}-${name}") (of "label" partition);
    in
    if of "device" partition != null then
      partition.device
    else if of "uuid" partition != null then
      "/dev/disk/by-partuuid/${lib.toLower partition.uuid}"
    else
      "/dev/disk/by-partlabel/${escaped label}";

  # A partition that has a number and no name.
  numbered =
    disk: number:
    let
      separator =
        if lib.hasPrefix "/dev/disk/" disk || lib.hasPrefix "/dev/zvol/" disk then
          "-part"
        else if builtins.match ".*[0-9]" disk != null && !lib.hasPrefix "/dev/mapper/" disk then
          "p"
        else
          "";
    in
    "${disk}${separator}${toString number}";

  # By priority, then by name, as they are numbered.
  inOrder =
    partitions:
    let
      priority =
        name:
        orElse (if of "size" partitions.${name} == "100%" then 9001 else 1000) (of "priority" partitions.${name});
    in
    builtins.sort (
      a: b: priority a < priority b || priority a == priority b && a < b
    ) (builtins.attrNames partitions);

  # Every content within this one, with its device, from the outside in.
  each =
    holder: content:
    let
      device = orElse holder.device (of "device" content);
      within = device: name: kind: content: each { inherit device name kind; } content;
      partitions = present (orElse { } (of "partitions" content));
      names = inOrder partitions;
      numberOf = place: if builtins.length names > 4 && place >= 4 then place + 1 else place;
      inner =
        {
          gpt = lib.concatLists (
            lib.mapAttrsToList (
              name: partition: within (gptDevice holder name partition) name "partition" (of "content" partition)
            ) partitions
          );
          msdos = lib.concatLists (
            lib.imap1 (
              place: name:
              within (orElse (numbered device (numberOf place)) (of "device" partitions.${name})) name "partition" (
                of "content" partitions.${name}
              )
            ) names
          );
          table = lib.concatLists (
            lib.imap1 (
              place: partition: within (numbered device place) "" "partition" (of "content" partition)
            ) (orElse [ ] (of "partitions" content))
          );
          luks = within "/dev/mapper/${content.name}" content.name "luks" (of "content" content);
        }
        .${content.type} or [ ];
    in
    if content == null || of "type" content == null then
      [ ]
    else
      [ { inherit device content; } ] ++ inner;

  contents = lib.concatLists (
    lib.mapAttrsToList (
      attribute: disk:
      each {
        kind = "disk";
        name = orElse (builtins.replaceStrings [ "/" ] [ "_" ] attribute) (of "name" disk);
        device = of "device" disk;
      } (of "content" disk)
    ) (present disks)
  );

  optionsOf = set: orElse [ "defaults" ] (of "mountOptions" set);
  mount = mountPoint: device: fsType: options: {
    name = mountPoint;
    value = {
      # Where NixOS's own `label` says it, that goes before.
      device = lib.mkOverride 1200 device;
      fsType = lib.mkDefault fsType;
      # NixOS adds some of its own to it, before which a default would go.
      inherit options;
    };
  };

  subvolumesOf = content: present (orElse { } (of "subvolumes" content));
  mountsOf =
    { device, content }:
    {
      filesystem = optional (of "mountpoint" content != null) (
        mount content.mountpoint device content.format (optionsOf content)
      );
      btrfs =
        optional (of "mountpoint" content != null) (mount content.mountpoint device "btrfs" (optionsOf content))
        ++ lib.concatLists (
          lib.mapAttrsToList (
            name: subvolume:
            optional (of "mountpoint" subvolume != null) (
              mount subvolume.mountpoint device "btrfs" (
                optionsOf subvolume ++ [ "subvol=${orElse name (of "name" subvolume)}" ]
              )
            )
          ) (subvolumesOf content)
        );
    }
    .${content.type} or [ ];

  given = names: set: present (lib.getAttrs (lib.intersectLists (builtins.attrNames set) names) set);
  swapFiles =
    set:
    optionals (of "mountpoint" set != null) (
      lib.mapAttrsToList (
        name: file:
        {
          device = "${lib.optionalString (set.mountpoint != "/") set.mountpoint}/${orElse name (of "path" file)}";
        }
        // given [ "priority" "options" ] file
      ) (present (orElse { } (of "swap" set)))
    );
  swapsOf =
    { device, content }:
    {
      swap = [
        (
          {
            inherit device;
          }
          # With the first, what was in memory cannot be read from the disk: nothing of it is left out.
          // given [ "randomEncryption" "priority" "discardPolicy" ] content
          // lib.optionalAttrs (of "mountOptions" content != null) { options = content.mountOptions; }
        )
      ];
      btrfs = swapFiles content ++ lib.concatMap swapFiles (builtins.attrValues (subvolumesOf content));
    }
    .${content.type} or [ ];
in
{
  fileSystems = lib.listToAttrs (lib.concatMap mountsOf contents);
  swapDevices = lib.concatMap swapsOf contents;
}
