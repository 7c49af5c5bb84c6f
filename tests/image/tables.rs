//! The two partition tables.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use boot::device::Device;
use boot::disk;
use image::layout::{self, Disk, End, Partition, PartitionType, Start, TableKind};
use image::{partition_type, table};

use crate::image::tools::{identity, run, try_run};

const MIB: u64 = 1 << 20;

fn partition(name: &str, partition_type: PartitionType, end: End) -> Partition {
    Partition {
        name: name.to_owned(),
        partition_type,
        uuid: identity().uuid(name),
        start: Start::Next,
        end,
        alignment: None,
        minimum: 0,
        attributes: 0,
        bootable: false,
    }
}

fn disk(table: TableKind, partitions: Vec<Partition>) -> Disk {
    Disk {
        name: "main".to_owned(),
        table,
        uuid: identity().uuid("disk main"),
        alignment: layout::ALIGNMENT,
        partitions,
    }
}

fn gpt() -> Disk {
    let of_type = |code| PartitionType::Gpt(partition_type::gpt(code).unwrap());
    let boot = partition("disk-main-boot", of_type("EF02"), End::Size(MIB));
    let root = partition("disk-main-größe", of_type("8304"), End::Rest);
    disk(
        TableKind::Gpt,
        vec![
            Partition { bootable: true, ..boot },
            partition("disk-main-esp", of_type("EF00"), End::Size(100 * MIB)),
            Partition {
                attributes: 1 << 59,
                ..root
            },
        ],
    )
}

fn msdos(count: usize) -> Disk {
    let partitions = (0..count).map(|index| {
        let end = if index + 1 == count {
            End::Rest
        } else {
            End::Size(10 * MIB)
        };
        let partition_type = PartitionType::Msdos(if index == 1 { 0x82 } else { 0x83 });
        let bootable = index == 0;
        Partition {
            bootable,
            ..partition(&format!("p{index}"), partition_type, end)
        }
    });
    disk(TableKind::Msdos, partitions.collect())
}

fn written(folder: &Path, disk: &Disk, size: u64) -> PathBuf {
    let path = folder.join("disk.raw");
    File::create(&path).unwrap();
    let layout = layout::lay_out(disk, size).unwrap();
    table::write(&path, disk, &layout).unwrap();
    path
}

#[test]
fn a_gpt_is_what_other_tools_expect_it_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), &gpt(), 1024 * MIB);
    let verified = run("sfdisk", &[&"--verify", &path]);
    assert!(verified.contains("No errors detected"), "{verified}");
    let verified = run("sgdisk", &[&"--verify", &path]);
    assert!(verified.contains("No problems found"), "{verified}");
    let dump = run("sfdisk", &[&"--dump", &path]);
    let uuid = |name| identity().uuid(name).to_string().to_uppercase();
    for line in [
        format!("label-id: {}", uuid("disk main")),
        "first-lba: 34".to_owned(),
        "last-lba: 2097118".to_owned(),
        format!(
            "{}1 : start=        2048, size=        2048, type=21686148-6449-6E6F-744E-656564454649, uuid={}, \
             name=\"disk-main-boot\", attrs=\"LegacyBIOSBootable\"",
            path.display(),
            uuid("disk-main-boot"),
        ),
        format!(
            "{}3 : start=      208896, size=     1886208, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, uuid={}, \
             name=\"disk-main-gr\\xc3\\xb6\\xc3\\x9fe\", attrs=\"GUID:59\"",
            path.display(),
            uuid("disk-main-größe"),
        ),
    ] {
        assert!(dump.lines().any(|found| found == line), "{line}\n{dump}");
    }
}

#[test]
fn an_mbr_is_what_other_tools_expect_it_to_be() {
    let folder = tempfile::tempdir().unwrap();
    for count in [1, 4] {
        let path = written(folder.path(), &msdos(count), 200 * MIB);
        let (ok, verified) = try_run("sfdisk", &[&"--verify", &path]);
        assert!(ok && verified.contains("No errors detected"), "{verified}");
        let dump = run("sfdisk", &[&"--dump", &path]);
        let signature = u32::from_le_bytes(identity().uuid("disk main").as_bytes()[..4].try_into().unwrap());
        assert!(dump.contains(&format!("label-id: {signature:#010x}\n")), "{dump}");
        let lines: Vec<&str> = dump.lines().filter(|line| line.contains(" : start=")).collect();
        let first = format!("{}1 : start=        2048, size=", path.display());
        assert!(
            lines[0].starts_with(&first) && lines[0].ends_with("type=83, bootable"),
            "{dump}"
        );
        assert_eq!(lines.len(), count);
    }
}

#[test]
fn pre_boot_reads_the_table_as_it_was_laid_out() {
    let folder = tempfile::tempdir().unwrap();
    for disk in [gpt(), msdos(3)] {
        let path = written(folder.path(), &disk, 300 * MIB);
        let layout = layout::lay_out(&disk, 300 * MIB).unwrap();
        let table = disk::read(&Device::open(&path, false).unwrap()).unwrap();
        let found = table
            .partitions
            .iter()
            .filter(|p| !p.is_extended())
            .map(|p| (p.number, p.start, p.size));
        let wanted = layout.partitions.iter().map(|p| (p.number, p.offset(), p.size()));
        assert_eq!(found.collect::<Vec<_>>(), wanted.collect::<Vec<_>>());
    }
}

#[test]
fn the_same_disk_gives_the_same_bytes_and_no_more_than_the_table_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for disk in [gpt(), msdos(4)] {
        let path = written(folder.path(), &disk, 300 * MIB);
        let first = fs::read(&path).unwrap();
        assert!(fs::metadata(&path).unwrap().blocks() * 512 < 256 * 1024);
        written(folder.path(), &disk, 300 * MIB);
        assert!(first == fs::read(&path).unwrap());
    }
}

#[test]
fn code_in_the_boot_sector_stays_where_a_table_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    for disk in [gpt(), msdos(2)] {
        let path = written(folder.path(), &disk, 300 * MIB);
        let file = File::options().write(true).open(&path).unwrap();
        file.write_all_at(&[0xEB; 440], 0).unwrap();
        table::write(&path, &disk, &layout::lay_out(&disk, 200 * MIB).unwrap()).unwrap();
        assert!(fs::read(&path).unwrap()[..440] == [0xEB; 440]);
        let verified = run("sfdisk", &[&"--verify", &path]);
        assert!(verified.contains("No errors detected"), "{verified}");
    }
}

#[test]
fn a_name_that_is_too_long_for_a_gpt_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = gpt();
    disk.partitions[0].name = "x".repeat(37);
    let path = folder.path().join("disk.raw");
    File::create(&path).unwrap();
    let error = table::write(&path, &disk, &layout::lay_out(&disk, 300 * MIB).unwrap())
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        format!(
            "the name `{}` of a partition has 37 characters, and a GPT holds 36",
            "x".repeat(37)
        )
    );
}
