//! Places of partitions: what is laid out where, and what has no room.

use uuid::Uuid;

use super::*;

const MIB: u64 = 1 << 20;

fn partition(name: &str, end: End) -> Partition {
    Partition {
        name: name.to_owned(),
        partition_type: PartitionType::Gpt(Uuid::from_u128(1)),
        uuid: Uuid::from_u128(2),
        start: Start::Next,
        end,
        alignment: None,
        minimum: 0,
        attributes: 0,
        bootable: false,
    }
}

fn gpt(partitions: Vec<Partition>) -> Disk {
    Disk {
        name: "main".to_owned(),
        table: TableKind::Gpt,
        uuid: Uuid::from_u128(3),
        alignment: ALIGNMENT,
        partitions,
    }
}

fn msdos(partitions: Vec<Partition>) -> Disk {
    let partition_type = PartitionType::Msdos(0x83);
    Disk {
        table: TableKind::Msdos,
        partitions: partitions
            .into_iter()
            .map(|p| Partition { partition_type, ..p })
            .collect(),
        ..gpt(Vec::new())
    }
}

fn holding(partition: Partition, minimum: u64) -> Partition {
    Partition { minimum, ..partition }
}

/// Number, start and end, in MiB.
fn extents(layout: &Layout) -> Vec<(u32, u64, u64)> {
    let mib = |sector: u64| {
        assert_eq!(sector % 2048, 0, "sector {sector} is not aligned");
        sector / 2048
    };
    layout
        .partitions
        .iter()
        .map(|p| (p.number, mib(p.start), mib(p.end())))
        .collect()
}

#[test]
fn partitions_follow_each_other_and_the_last_takes_the_rest() {
    let disk = gpt(vec![
        partition("boot", End::Size(MIB)),
        partition("esp", End::Size(100 * MIB + 1)),
        partition("root", End::Rest),
    ]);
    let layout = lay_out(&disk, 1024 * MIB).unwrap();
    assert_eq!(layout.sectors, 2 * 1024 * 1024);
    let esp = layout.partitions[1];
    assert_eq!((esp.start, esp.sectors), (4096, 100 * 2048 + 1));
    // The backup of the table is behind the last whole mebibyte.
    assert_eq!(
        (layout.partitions[2].offset(), layout.partitions[2].end()),
        (103 * MIB, 1023 * 2048)
    );
}

#[test]
fn the_size_that_a_disk_needs_is_the_smallest_that_it_can_be_laid_out_on() {
    let root = holding(partition("root", End::Rest), 300 * MIB + 1);
    for disk in [
        gpt(vec![partition("esp", End::Size(100 * MIB)), root.clone()]),
        msdos(vec![partition("esp", End::Size(100 * MIB)), root.clone()]),
        gpt(vec![Partition {
            end: End::BeforeEnd(10 * MIB),
            ..root
        }]),
    ] {
        let needed = needed(&disk).unwrap();
        let layout = lay_out(&disk, needed).unwrap();
        assert!(layout.partitions.last().unwrap().size() > 300 * MIB);
        assert!(lay_out(&disk, needed - MIB).is_err());
    }
}

#[test]
fn a_disk_that_is_too_small_says_by_how_much() {
    let root = holding(partition("root", End::Rest), 300 * MIB);
    let disk = gpt(vec![partition("esp", End::Size(100 * MIB)), root]);
    let error = lay_out(&disk, 200 * MIB).unwrap_err().to_string();
    assert_eq!(
        error,
        "disk `main` has 200 MiB, but its partitions need 402 MiB: 202 MiB more"
    );
    let disk = gpt(vec![partition("esp", End::Size(300 * MIB))]);
    let error = lay_out(&disk, 200 * MIB).unwrap_err().to_string();
    assert_eq!(
        error,
        "disk `main` has 200 MiB, but its partitions need 302 MiB: 102 MiB more"
    );
}

#[test]
fn a_partition_that_is_too_small_says_by_how_much() {
    let disk = gpt(vec![holding(partition("root", End::Size(300 * MIB)), 300 * MIB + 1)]);
    let error = lay_out(&disk, 1024 * MIB).unwrap_err().to_string();
    assert_eq!(
        error,
        "partition `root` of disk `main` has 300 MiB, but what it holds needs 300.1 MiB: 1 bytes more"
    );
    assert_eq!(needed(&disk), Err(lay_out(&disk, 1024 * MIB).unwrap_err()));
}

#[test]
fn a_partition_lies_where_it_was_put() {
    let disk = gpt(vec![
        Partition {
            start: Start::At(8 * MIB),
            ..partition("a", End::At(10 * MIB))
        },
        Partition {
            alignment: Some(16 * MIB),
            ..partition("b", End::BeforeEnd(20 * MIB))
        },
    ]);
    assert_eq!(extents(&lay_out(&disk, 100 * MIB).unwrap()), [(1, 8, 10), (2, 16, 80)]);
}

#[test]
fn partitions_that_cannot_lie_as_they_were_put_are_named() {
    let error = |partitions| lay_out(&gpt(partitions), 100 * MIB).unwrap_err().to_string();
    let inside = Partition {
        start: Start::At(4 * MIB),
        ..partition("b", End::Rest)
    };
    assert_eq!(
        error(vec![partition("a", End::Size(4 * MIB)), inside]),
        "partition `b` of disk `main` starts at 4 MiB, before 5 MiB, where the one before it ends"
    );
    assert_eq!(
        error(vec![partition("a", End::Rest), partition("b", End::Size(MIB))]),
        "partition `b` of disk `main` lies behind `a`, which takes all the room that is left"
    );
    assert_eq!(
        error(vec![partition("a", End::At(MIB))]),
        "partition `a` of disk `main` has no size"
    );
    assert_eq!(
        error(vec![Partition {
            partition_type: PartitionType::Msdos(0x83),
            ..partition("a", End::Rest)
        }]),
        "the type of partition `a` of disk `main` does not go with its table"
    );
    assert_eq!(
        error(vec![Partition {
            alignment: Some(100),
            ..partition("a", End::Rest)
        }]),
        "the alignment 100 of `a` on disk `main` is not a multiple of 512"
    );
}

#[test]
fn a_table_takes_no_more_partitions_than_it_has_entries_for() {
    let names = ["a", "b", "c", "d", "e"];
    let partitions = names.map(|name| partition(name, End::Size(10 * MIB))).to_vec();
    assert_eq!(
        extents(&lay_out(&gpt(partitions.clone()), 100 * MIB).unwrap()).last(),
        Some(&(5, 41, 51))
    );
    let error = lay_out(&msdos(partitions), 100 * MIB).unwrap_err().to_string();
    assert_eq!(error, "disk `main` has 5 partitions, and its table holds 4");
}

#[test]
fn a_partition_has_no_type_that_only_the_table_itself_has() {
    for code in [0, 0x05, 0x0F, 0x85, 0xEE] {
        let mut disk = msdos(vec![partition("a", End::Rest)]);
        disk.partitions[0].partition_type = PartitionType::Msdos(code);
        let error = lay_out(&disk, 100 * MIB).unwrap_err().to_string();
        assert_eq!(
            error,
            "the type of partition `a` of disk `main` does not go with its table"
        );
    }
}

#[test]
fn an_mbr_takes_no_disk_that_it_cannot_count() {
    let disk = msdos(vec![partition("a", End::Rest)]);
    let error = lay_out(&disk, (2 << 40) + 512).unwrap_err().to_string();
    assert_eq!(
        error,
        "disk `main` has 2.1 TiB, and an MBR reaches as far as 2 TiB: take a GPT"
    );
}
