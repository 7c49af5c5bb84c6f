//! The partition tables that `disks.<name>.content` can be.

use super::{Content, DiskHooks};
use crate::Named;
use crate::number::{Attribute, Priority, Sectors};
use crate::section::section;
use crate::text::{
    DeviceName, DevicePath, Guid, MbrType, MountField, PartType, PartedPlace, PartitionName, PartitionSize,
    PartitionType, Place, TableFormat,
};

section! {
    /// A GUID partition table.
    Gpt, "an attribute set with `partitions`" with hooks: DiskHooks;

    /// The device that it is on.
    device: DevicePath = "device" [default "the disk's"] example "\"/dev/vda\"";

    /// The partitions by name.
    partitions: Named<DeviceName, Partition> = "partitions" [default "{ }"]
        example "{ root = { size = \"100%\"; content = { type = \"filesystem\"; format = \"ext4\"; mountpoint = \"/\"; }; }; }";

    /// Whether the entry for the whole table comes first in a hybrid master boot record, as GRUB wants it.
    efi_gpt_partition_first: bool = "efiGptPartitionFirst" [default "true"] example "false";
}

section! {
    /// A partition in a GPT.
    Partition, "an attribute set with `size` and `content`";

    /// Its name, from which the default of `label` is made.
    name: DeviceName = "name" [default "the attribute's name"] example "\"ESP\"";

    /// Its name in the table.
    label: PartitionName = "label" [default "`disk-DISK-NAME`; where that is longer than 36 characters, 36 digits of its hash"]
        example "\"root\"";

    /// Its type: sgdisk's code, or a UUID.
    kind: PartitionType = "type" [default "\"8200\" for swap, else \"8300\""] example "\"EF00\"";

    /// Its UUID.
    uuid: Guid = "uuid" [optional] example "\"809b3a2b-828a-4730-95e1-75b6343e415a\"";

    /// Its place among the other partitions. Smaller numbers come first; partitions with the same number are sorted by
    /// name.
    priority: Priority = "priority" [default "9001 for one of `100%`, 100 for `EF02`, else 1000"] example "1";

    /// Its size. `100%` is all that is left. A number without a unit counts sectors.
    size: PartitionSize = "size" [optional] example "\"512M\"";

    /// Where it starts. `0` is the next place with room.
    start: Place = "start" [default "\"0\""] example "\"1M\"";

    /// Where it ends. `+` counts from its start, `-` from the end of the disk.
    end: Place = "end" [default "`size` behind its start"] example "\"-1G\"";

    /// Its start is a multiple of this many sectors. 0 is the usual alignment, 1 MiB.
    alignment: Sectors = "alignment" [default "1 where `start` or `end` ends in `s`, else 0"] example "2048";

    /// The numbers of the attributes that are set (UEFI, 5.3.3). 0: required. 1: no block I/O. 2: started by BIOS. From
    /// 48 on, the type says what they mean.
    attributes: Vec<Attribute> = "attributes" [default "[ ]"] example "[ 0 ]";

    /// Its path on the machine.
    device: DevicePath = "device" [default "below `/dev/disk/by-partuuid` or `/dev/disk/by-partlabel`"]
        example "\"/dev/disk/by-partlabel/root\"";

    /// Its entry in a hybrid master boot record.
    hybrid: Hybrid = "hybrid" [optional] example "{ mbrPartitionType = \"0x0c\"; }";

    /// What is on it.
    content: Box<Content> = "content" [optional]
        example "{ type = \"filesystem\"; format = \"ext4\"; mountpoint = \"/\"; }";
}

section! {
    /// An entry in a hybrid master boot record.
    Hybrid, "an attribute set with `mbrPartitionType`";

    /// Its type there.
    mbr_partition_type: MbrType = "mbrPartitionType" [optional] example "\"0x0c\"";

    /// Whether it is the active partition.
    mbr_bootable_flag: bool = "mbrBootableFlag" [default "false"] example "true";
}

section! {
    /// A partition table in a master boot record. With more than four partitions, those from the fourth on are logical.
    Msdos, "an attribute set with `partitions`";

    /// The device that it is on.
    device: DevicePath = "device" [default "the disk's"] example "\"/dev/vda\"";

    /// The partitions by name. The table itself stores no names.
    partitions: Named<DeviceName, MbrPartition> = "partitions" [default "{ }"]
        example "{ root = { size = \"100%\"; content = { type = \"filesystem\"; format = \"ext4\"; mountpoint = \"/\"; }; }; }";
}

section! {
    /// A partition in a master boot record.
    MbrPartition, "an attribute set with `size` and `content`";

    /// Its type: a byte in hexadecimal digits.
    kind: MbrType = "type" [default "\"82\" for swap, \"0c\" for vfat, else \"83\""] example "\"83\"";

    /// Whether it is the active partition. BIOS starts it if there is no GRUB.
    bootable: bool = "bootable" [default "false"] example "true";

    /// Its place among the other partitions. Smaller numbers come first; partitions with the same number are sorted by
    /// name.
    priority: Priority = "priority" [default "9001 for one of `100%`, else 1000"] example "1";

    /// Its size. `100%` is all that is left. A number without a unit counts sectors.
    size: PartitionSize = "size" [optional] example "\"512M\"";

    /// Where it starts. `0` is the next place with room.
    start: Place = "start" [default "\"0\""] example "\"1M\"";

    /// Where it ends. `+` counts from its start, `-` from the end of the disk.
    end: Place = "end" [default "`size` behind its start"] example "\"-1G\"";

    /// Its start is a multiple of this many sectors. 0 is the usual alignment, 1 MiB.
    alignment: Sectors = "alignment" [default "1 where `start` or `end` ends in `s`, else 0"] example "2048";

    /// Its path on the machine.
    device: DevicePath = "device" [default "the disk's with the partition's number"] example "\"/dev/vda1\"";

    /// What is on it.
    content: Box<Content> = "content" [optional]
        example "{ type = \"filesystem\"; format = \"ext4\"; mountpoint = \"/\"; }";
}

section! {
    /// disko's outdated partition table.
    Table, "an attribute set with `partitions`" with hooks: DiskHooks;

    /// The device that it is on.
    device: DevicePath = "device" [default "the disk's"] example "\"/dev/vda\"";

    /// The kind of table.
    format: TableFormat = "format" [default "\"gpt\""] example "\"msdos\"";

    /// The partitions, in order.
    partitions: Vec<TablePartition> = "partitions" [default "[ ]"]
        example "[ { name = \"root\"; start = \"1MiB\"; end = \"100%\"; } ]";
}

section! {
    /// A partition of disko's outdated table.
    TablePartition, "an attribute set with `name`, `start` and `end`";

    /// Its name.
    name: PartitionName = "name" [optional] example "\"root\"";

    /// Its place in a master boot record: primary, extended or logical.
    part_type: PartType = "part-type" [default "\"primary\""] example "\"logical\"";

    /// The file system by which parted chooses the type.
    fs_type: MountField = "fs-type" [optional] example "\"fat32\"";

    /// Where it starts, as parted(8) writes it.
    start: PartedPlace = "start" [default "\"0%\""] example "\"1MiB\"";

    /// Where it ends, as parted(8) writes it.
    end: PartedPlace = "end" [default "\"100%\""] example "\"512MiB\"";

    /// parted's flags.
    flags: Vec<MountField> = "flags" [default "[ ]"] example "[ \"bios_grub\" ]";

    /// Whether firmware starts it.
    bootable: bool = "bootable" [default "false"] example "true";

    /// What is on it.
    content: Box<Content> = "content" [optional]
        example "{ type = \"filesystem\"; format = \"ext4\"; mountpoint = \"/\"; }";
}
