//! GRUB for BIOS: what it writes and what it leaves alone.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::boot::machine::{Machine, ONTO_DISK, boot_image, boots, core_at, core_image, gpt, is_root, mbr};

/// The first image after `pre-boot` differs from the second, before it, in the boot code and the core image alone.
pub fn assert_only_core_and_code_changed(after: &[u8], before: &[u8]) {
    let core = core_at(after)..core_at(after) + 40_448;
    assert_eq!(after.len(), before.len());
    for (at, (after, before)) in after.iter().zip(before).enumerate() {
        assert!(at < 440 || core.contains(&at) || after == before, "byte {at} changed");
    }
}

#[test]
fn only_the_boot_code_and_the_core_area_of_a_disk_change() {
    for (table, place) in [(gpt(), 1 << 20), (mbr(), 512)] {
        let machine = Machine::new();
        machine.disk("disk.img", 8, &table);
        let before = machine.bytes("disk.img");
        machine.succeed(&[ONTO_DISK]);
        let after = machine.bytes("disk.img");
        assert_eq!(core_at(&after), place);
        assert!(boots(&after, b'1'));
        assert_only_core_and_code_changed(&after, &before);
    }
}

#[test]
fn the_plans_own_device_is_used_without_overrides() {
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    machine.succeed(&[]);
    assert!(boots(&machine.bytes("disk.img"), b'1'));
}

#[test]
fn the_parameters_of_a_fat_in_the_boot_sector_survive() {
    let machine = Machine::new();
    machine.disk("disk.img", 8, &mbr());
    machine.patch("disk.img", 3, b"mkfs.fat and its numbers");
    machine.succeed(&[ONTO_DISK]);
    let after = machine.bytes("disk.img");
    assert_eq!(&after[3..27], b"mkfs.fat and its numbers");
    assert_eq!(&after[0x68..0x70], b"bbbbbbbb");
}

#[test]
fn the_start_of_the_gap_behind_another_boot_loader_is_left_alone() {
    for (code, place) in [(&b""[..], 512), (b"another boot loader", 524_288)] {
        let machine = Machine::new();
        machine.disk("disk.img", 8, &mbr());
        machine.patch("disk.img", 0, code);
        machine.succeed(&[ONTO_DISK]);
        assert_eq!(core_at(&machine.bytes("disk.img")), place);
        assert!(boots(&machine.bytes("disk.img"), b'1'));
    }
}

#[test]
fn a_new_core_image_goes_beside_the_one_that_boots() {
    let mut machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    machine.succeed(&[ONTO_DISK]);
    let mut places = vec![core_at(&machine.bytes("disk.img"))];
    for fill in *b"234" {
        let before = machine.bytes("disk.img");
        machine.images("system", &boot_image(), &core_image(fill, 40_000));
        machine.succeed(&[ONTO_DISK]);
        let after = machine.bytes("disk.img");
        assert!(boots(&after, fill));
        let old = core_at(&before);
        assert_eq!(after[old..old + 40_448], before[old..old + 40_448]);
        places.push(core_at(&after));
    }
    assert_eq!(places, [1 << 20, 3 << 19, 1 << 20, 3 << 19]);
}

#[test]
fn a_list_of_blocks_that_means_nothing_does_no_harm() {
    let mut machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    machine.succeed(&[ONTO_DISK]);
    let core = core_at(&machine.bytes("disk.img"));
    machine.patch("disk.img", core + 500, &u64::MAX.to_le_bytes());
    machine.images("system", &boot_image(), &core_image(b'2', 40_000));
    machine.succeed(&[ONTO_DISK]);
    assert!(boots(&machine.bytes("disk.img"), b'2'));
}

#[test]
fn an_area_with_room_for_one_core_image_is_used_with_a_warning() {
    let mut machine = Machine::new();
    machine.disk("disk.img", 8, "label: dos\nstart=100, type=83\n");
    assert!(!machine.succeed(&[ONTO_DISK]).contains("warning"));
    machine.images("system", &boot_image(), &core_image(b'2', 40_000));
    let said = machine.succeed(&[ONTO_DISK]);
    assert!(
        said.starts_with("warning: `disk.img` has no room for two of GRUB's core images: should the power fail"),
        "{said}"
    );
    assert!(boots(&machine.bytes("disk.img"), b'2'));
}

#[test]
fn each_of_several_disks_gets_all_that_it_needs() {
    let machine = Machine::new();
    machine.disk("a.img", 8, &gpt());
    machine.disk("b.img", 8, &mbr());
    machine.succeed(&["--override-grub-device=a.img", "--override-grub-device=b.img"]);
    assert!(boots(&machine.bytes("a.img"), b'1'));
    assert!(boots(&machine.bytes("b.img"), b'1'));
}

#[test]
fn nobody_can_install_onto_a_file_of_their_own() {
    if !is_root() {
        skipped!("only root can become nobody; this test's others ran as a user");
        return;
    }
    let machine = Machine::new();
    machine.disk("disk.img", 8, &gpt());
    // The folder that the runtime was built in may be closed to others. Copied by another process: a descriptor of this one
    // to write to it would be inherited by what other tests start, and keep it from being run.
    let status = Command::new("sh")
        .args(["-c", "cp runtime copy && mv copy runtime && chown -R 65534:65534 ."])
        .current_dir(machine.folder.path())
        .status();
    assert!(status.unwrap().success());
    let output = machine.command(&[ONTO_DISK]).uid(65534).gid(65534).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(boots(&machine.bytes("disk.img"), b'1'));
}
