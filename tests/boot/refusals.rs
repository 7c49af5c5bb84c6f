//! What GRUB does not go onto. Each disk is refused with one line that says why, before anything is written.

use std::fs;
use std::os::unix::fs::symlink;

use crate::boot::machine::{BIOS_BOOT, LINUX, Machine, gpt, make, mbr};

/// Prepares `disk.img`, and then pre-boot refuses it with `message`, status 1, and changes nothing.
fn refused(prepare: impl FnOnce(&Machine), message: &str) {
    let machine = Machine::new();
    prepare(&machine);
    refused_by(&machine, &["--override-grub-device=disk.img"], message);
}

pub fn refused_by(machine: &Machine, arguments: &[&str], message: &str) {
    let is_file = machine.path("disk.img").is_file();
    let before = is_file.then(|| machine.bytes("disk.img"));
    for dry_run in [true, false] {
        let mut arguments = arguments.to_vec();
        arguments.extend(dry_run.then_some("--dry-run"));
        let output = machine.pre_boot(&arguments);
        assert_eq!(String::from_utf8_lossy(&output.stderr), format!("error: {message}\n"));
        assert_eq!(output.status.code(), Some(1));
    }
    assert!(
        is_file.then(|| machine.bytes("disk.img")) == before,
        "the disk was written to"
    );
    assert_eq!(fs::read_dir(machine.path("root/boot")).unwrap().count(), 0);
}

/// A disk that is `table` and has `bytes` at `offset`.
fn with(table: String, offset: usize, bytes: &'static [u8]) -> impl FnOnce(&Machine) {
    move |machine| {
        machine.disk("disk.img", 8, &table);
        machine.patch("disk.img", offset, bytes);
    }
}

const ROOT_OF_GPT: usize = 4096 * 512;
const ROOT_OF_MBR: usize = 2048 * 512;

#[test]
fn disks_without_a_partition_table() {
    let none = "`disk.img` has no partition table: make a GPT with a BIOS boot partition, or an MBR, first";
    refused(|machine| machine.blank("disk.img", 8), none);
    refused(|machine| fs::write(machine.path("disk.img"), "").unwrap(), none);
    refused(
        |machine| {
            machine.blank("disk.img", 8);
            machine.patch("disk.img", 446, &[0; 64]);
            machine.patch("disk.img", 510, &[0x55, 0xAA]);
        },
        none,
    );
    // The boot sector of a file system ends as an MBR does.
    refused(
        |machine| {
            machine.blank("disk.img", 8);
            machine.patch("disk.img", 510, &[0x55, 0xAA]);
        },
        none,
    );
}

#[test]
fn disks_whose_partition_table_is_damaged() {
    refused(
        with(gpt(), 512, b"EFI PARK"),
        "the GPT of `disk.img` is damaged (its header is missing), but its backup at the end is good: GRUB reads the first \
         one alone, so restore it first (`sgdisk --load-backup`, `gdisk`, or `sfdisk`)",
    );
    refused(
        with(gpt(), 1024 + 40, b"\0"),
        "the GPT of `disk.img` is damaged (the checksum of its entries is wrong), but its backup at the end is good: GRUB \
         reads the first one alone, so restore it first (`sgdisk --load-backup`, `gdisk`, or `sfdisk`)",
    );
    refused(
        |machine| {
            with(gpt(), 512 + 48, b"\0")(machine);
            machine.patch("disk.img", (8 << 20) - 512, b"EFI PARK");
        },
        "the GPT of `disk.img` is damaged: the checksum of its header is wrong",
    );
    refused(
        |machine| {
            with(gpt(), 512, &[0; 512])(machine);
            machine.patch("disk.img", (8 << 20) - 512, &[0; 512]);
        },
        "the GPT of `disk.img` is damaged: its header is missing",
    );
    refused(
        with(mbr(), 512, b"EFI PART"),
        "`disk.img` has an MBR and a GPT that do not belong together: one of them is a leftover (`wipefs` shows both)",
    );
    refused(
        with(mbr(), 446 + 8, &[0; 4]),
        "the MBR of `disk.img` is damaged: a partition starts at the table itself",
    );
}

#[test]
fn images_that_are_shorter_than_their_partition_table_says() {
    let cut = |table: String| {
        move |machine: &Machine| {
            machine.disk("disk.img", 8, &table);
            let bytes = machine.bytes("disk.img");
            fs::write(machine.path("disk.img"), &bytes[..6 << 20]).unwrap();
        }
    };
    for table in [gpt(), mbr()] {
        refused(
            cut(table),
            "`disk.img` has 6291456 bytes, but its partition table describes a disk of at least 8388608 bytes",
        );
    }
}

#[test]
fn a_logical_partition_that_ends_behind_the_disk() {
    let table = "label: dos\nstart=2048, size=2048, type=83\nstart=4096, type=5\nstart=6144, type=83\n".to_owned();
    refused(
        // The size of the first logical partition, in the record that the extended one begins with.
        with(table, 4096 * 512 + 446 + 12, &[0, 0, 1, 0]),
        "`disk.img` has 8388608 bytes, but its partition table describes a disk of at least 36700160 bytes",
    );
}

#[test]
fn disks_without_room_for_the_core_image() {
    refused(
        |machine| machine.disk("disk.img", 8, &format!("label: gpt\ntype={LINUX}\n")),
        "`disk.img` has no BIOS boot partition: GRUB on a GPT needs one of 40448 bytes or more \
         (type 21686148-6449-6E6F-744E-656564454649, `EF02` in gdisk)",
    );
    refused(
        |machine| {
            machine.disk(
                "disk.img",
                8,
                &format!("label: gpt\nsize=2048, type={BIOS_BOOT}\nsize=2048, type={BIOS_BOOT}\n"),
            );
        },
        "`disk.img` has 2 BIOS boot partitions: GRUB may only have one",
    );
    refused(
        |machine| {
            machine.disk(
                "disk.img",
                8,
                &format!("label: gpt\nstart=2048, size=78, type={BIOS_BOOT}\n"),
            );
        },
        "the BIOS boot partition of `disk.img` has 39936 bytes: GRUB's core image needs 40448",
    );
    refused(
        |machine| machine.disk("disk.img", 8, "label: dos\nstart=63, type=83\n"),
        "the gap before the first partition of `disk.img` has 31744 bytes: GRUB's core image needs 40448",
    );
    // The extended partition ends the gap, not the first logical one in it.
    refused(
        |machine| machine.disk("disk.img", 8, "label: dos\nstart=63, type=5\nstart=2048, type=83\n"),
        "the gap before the first partition of `disk.img` has 31744 bytes: GRUB's core image needs 40448",
    );
}

#[test]
fn disks_that_are_in_use_as_a_whole() {
    let whole = |found: &str| {
        format!(
            "`disk.img` as a whole is {found}: GRUB would destroy it (`wipefs` removes what is left of a former one)"
        )
    };
    let table: &[(usize, &'static [u8], &str)] = &[
        (0, b"XFSB", "an XFS file system"),
        (0x1_0040, b"_BHRfS_M", "a btrfs file system"),
        (512, b"LABELONE", "a member of an LVM volume group"),
        (0, b"LUKS\xba\xbe", "a LUKS volume"),
        (0xFF6, b"SWAPSPACE2", "swap space"),
        (0x8001, b"CD001", "an ISO 9660 file system"),
        (
            0x1018,
            b"\xc6\x85\x73\xf6\x66\xce\x90\xa9\xd9\x6a\x60\xcf\x80\x3d\xf7\xef",
            "a bcachefs file system",
        ),
        (3, b"NTFS    ", "an NTFS file system"),
    ];
    for (offset, bytes, found) in table {
        refused(with(mbr(), *offset, bytes), &whole(found));
    }
    // An md member of each place that a superblock of version 1 may have.
    for offset in [0, 0x1000, (8 << 20) - 0x2000] {
        refused(
            |machine| {
                machine.blank("disk.img", 8);
                machine.patch("disk.img", offset, &[0xFC, 0x4E, 0x2B, 0xA9, 1, 0, 0, 0]);
                machine.patch("disk.img", offset + 144, &(offset as u64 / 512).to_le_bytes());
            },
            &whole("a member of an md array"),
        );
    }
    refused(
        |machine| {
            machine.blank("disk.img", 8);
            make(machine, "mkfs.ext4", &["-q", "-F"], &["disk.img"]);
        },
        &whole("an ext4 file system"),
    );
    refused(
        |machine| {
            machine.blank("disk.img", 8);
            make(machine, "mkswap", &["-q"], &["disk.img"]);
        },
        &whole("swap space"),
    );
}

#[test]
fn an_md_superblock_of_the_last_partition_is_not_the_disks() {
    let machine = Machine::new();
    machine.disk("disk.img", 8, &mbr());
    let offset = (8 << 20) - 0x2000;
    machine.patch("disk.img", offset, &[0xFC, 0x4E, 0x2B, 0xA9, 1, 0, 0, 0]);
    machine.patch(
        "disk.img",
        offset + 144,
        &((offset - ROOT_OF_MBR) as u64 / 512).to_le_bytes(),
    );
    machine.succeed(&["--override-grub-device=disk.img"]);
}

#[test]
fn sectors_in_the_gap_that_belong_to_another_program() {
    for (bytes, owner) in [
        (&b"\xd4\x41\xa0\xf5\x03\x00\x03\x00"[..], "FlexNet"),
        (b"ycgl", "a HighPoint RAID controller"),
        (b"GREGRegDone.Tag\0", "Acer's registration utility"),
    ] {
        refused(
            with(mbr(), 32 * 512, bytes),
            &format!(
                "sector 32 of `disk.img`, in the gap before the first partition, belongs to {owner}: GRUB's core image \
                 would overwrite it"
            ),
        );
    }
}

#[test]
fn disk_images_that_hold_nothing_which_grub_can_read() {
    refused(
        with(gpt(), ROOT_OF_GPT + 0x400, b"\x10\x20\xf5\xf2"),
        "partition 2 of `disk.img` is an F2FS file system, which GRUB cannot read",
    );
    refused(
        with(mbr(), ROOT_OF_MBR, b"LUKS\xba\xbe"),
        "partition 1 of `disk.img` is a LUKS volume, which GRUB cannot read",
    );
    for feature in ["casefold", "inline_data", "ea_inode"] {
        refused(
            |machine| {
                machine.disk("disk.img", 8, &gpt());
                let options = ["-q", "-F", "-O", feature, "-E", "offset=2097152"];
                make(machine, "mkfs.ext4", &options, &["disk.img", "5M"]);
            },
            &format!(
                "partition 2 of `disk.img` is an ext4 file system, which GRUB cannot read: it has the feature `{feature}`"
            ),
        );
    }
}

#[test]
fn a_disk_image_needs_one_file_system_that_grub_can_read() {
    let machine = Machine::new();
    let table = format!(
        "{}\n",
        gpt().replace(
            &format!("type={LINUX}"),
            &format!("size=4096, type={LINUX}\ntype={LINUX}")
        )
    );
    machine.disk("disk.img", 8, &table);
    machine.patch("disk.img", ROOT_OF_GPT, b"LUKS\xba\xbe");
    let offset = (4096 + 4096) * 512;
    make(
        &machine,
        "mkfs.ext4",
        &["-q", "-F", "-E", &format!("offset={offset}")],
        &["disk.img", "3M"],
    );
    machine.succeed(&["--override-grub-device=disk.img"]);
}

#[test]
fn what_is_no_disk() {
    let machine = Machine::new();
    fs::create_dir(machine.path("disk.img")).unwrap();
    let onto = "--override-grub-device=disk.img";
    refused_by(
        &machine,
        &[onto],
        "`disk.img` is neither a block device nor a disk image in a regular file",
    );
    fs::remove_dir(machine.path("disk.img")).unwrap();
    refused_by(
        &machine,
        &[onto],
        "cannot look at `disk.img`: No such file or directory",
    );
    refused_by(
        &machine,
        &["--override-grub-device=/dev/null"],
        "`/dev/null` is neither a block device nor a disk image in a regular file",
    );
}

#[test]
fn one_disk_under_two_names() {
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    symlink("disk.img", machine.path("link")).unwrap();
    fs::hard_link(machine.path("disk.img"), machine.path("hard")).unwrap();
    for name in ["link", "hard"] {
        refused_by(
            &machine,
            &[
                "--override-grub-device=disk.img",
                &format!("--override-grub-device={name}"),
            ],
            &format!("`disk.img` and `{name}` are the same disk"),
        );
    }
}

#[test]
fn one_bad_disk_among_several_leaves_all_of_them_alone() {
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    machine.disk("other.img", 8, "label: dos\nstart=63, type=83\n");
    refused_by(
        &machine,
        &["--override-grub-device=disk.img", "--override-grub-device=other.img"],
        "the gap before the first partition of `other.img` has 31744 bytes: GRUB's core image needs 40448",
    );
}

#[test]
fn images_that_are_not_grubs() {
    let mut machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    machine.images("system", b"no boot sector", b"no core image");
    let boot = machine.path("store/system/boot.img");
    let message = format!("`{}` is not GRUB's boot sector for BIOS", boot.display());
    refused_by(&machine, &["--override-grub-device=disk.img"], &message);
    machine.images("system", &crate::boot::machine::boot_image(), b"no core image");
    let core = machine.path("store/system/core.img");
    let message = format!("`{}` is not GRUB's core image for BIOS", core.display());
    refused_by(&machine, &["--override-grub-device=disk.img"], &message);
}
