//! Disks: partition tables, superblocks, and what is already in the place for GRUB.

use std::cell::OnceCell;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use boot::Operation;
use boot::device::Device;
use boot::disk::{self, Kind, Partition, Scheme, Table};
use boot::loaders::grub::bios::{self, Images};
use boot::loaders::grub::readable;

/// Beyond it there is nothing that is read.
const LARGEST: usize = 1 << 20;
const SECTOR: usize = 512;

/// No disk makes a reader panic. Partitions of a table that is relied on lie within the disk and apart from each other, and
/// GRUB is written to no byte of a partition that is not its own.
///
/// The input is the disk; a GPT's checksums are put right as well, as no mutator would.
pub fn run(data: &[u8]) {
    if data.len() > LARGEST {
        return;
    }
    let mut bytes = data.to_vec();
    look(&bytes);
    if mend(&mut bytes) {
        look(&bytes);
    }
}

fn look(bytes: &[u8]) {
    thread_local!(static DISK: OnceCell<File> = const { OnceCell::new() });
    DISK.with(|disk| {
        let file = disk.get_or_init(|| {
            let flags = rustix::fs::MemfdFlags::CLOEXEC;
            File::from(rustix::fs::memfd_create("disk", flags).expect("a file in memory"))
        });
        file.set_len(0)
            .and_then(|()| file.write_all_at(bytes, 0))
            .expect("room in memory");
        let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        check(&Device::open(&path, false).expect("it is a file"));
    });
}

fn check(device: &Device) {
    // As one partition, so that superblocks are looked for where no table is.
    let partition = Partition {
        number: 1,
        kind: Kind::Mbr(0x83),
        start: 0,
        size: device.size,
    };
    let whole = Table {
        scheme: Scheme::Mbr,
        sector_size: 512,
        partitions: vec![partition],
    };
    let _ = readable::check(device, &whole, None);

    let table = match disk::read(device) {
        Ok(table) => table,
        Err(error) => {
            assert!(!error.to_string().contains('\n'), "{error}");
            assert!(
                bios::install(device, 0, &images(), None).is_err(),
                "GRUB without a table"
            );
            return;
        }
    };
    for (n, one) in table.partitions.iter().enumerate() {
        let end = one.start.checked_add(one.size).expect("a partition ends");
        assert!(one.size > 0 && end <= device.size, "{one:?} on {} bytes", device.size);
        for other in &table.partitions[n + 1..] {
            assert_ne!(one.number, other.number);
            let apart = end <= other.start || other.start + other.size <= one.start;
            assert!(apart || one.is_extended() || other.is_extended(), "{one:?} {other:?}");
        }
    }
    let _ = readable::check(device, &table, None);
    let Ok(installation) = bios::install(device, 0, &images(), None) else {
        return;
    };
    for operation in installation.operations {
        let Operation::WriteAt { offset, bytes, .. } = operation else {
            panic!("{operation:?}");
        };
        let end = offset + bytes.len() as u64;
        assert!(end <= device.size);
        if offset == 0 {
            assert!(end <= 440, "the partition table is overwritten");
            continue;
        }
        let touched = table
            .partitions
            .iter()
            .find(|p| offset < p.start + p.size && p.start < end);
        match table.scheme {
            Scheme::Mbr => assert_eq!(touched, None, "{offset}..{end}"),
            Scheme::Gpt => assert_eq!(
                touched.map(|p| p.kind),
                Some(Kind::Gpt(disk::BIOS_BOOT)),
                "{offset}..{end}"
            ),
        }
    }
}

/// Images of GRUB's as small as they can be.
fn images() -> Images {
    let mut boot = vec![b'b'; 512];
    boot[0x66..0x68].copy_from_slice(&[0xEB, 5]);
    boot[510..].copy_from_slice(&[0x55, 0xAA]);
    let mut core = vec![b'c'; 1024];
    core[500..512].copy_from_slice(&[2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0x20, 8]);
    Images::new((boot, "boot.img"), (core, "core.img")).expect("they are images")
}

/// Puts the checksums of both headers of a GPT right; whether there is one.
fn mend(bytes: &mut [u8]) -> bool {
    let mut found = false;
    for sector_size in [SECTOR, 4096] {
        let last = (bytes.len() / sector_size).saturating_sub(1) * sector_size;
        for at in [sector_size, last] {
            found |= mend_header(bytes, at, sector_size).is_some();
        }
    }
    found
}

fn mend_header(bytes: &mut [u8], at: usize, sector_size: usize) -> Option<()> {
    let header = bytes
        .get(at..at + SECTOR)
        .filter(|sector| sector.starts_with(b"EFI PART"))?;
    let number = |offset: usize, length: usize| {
        header[offset..offset + length]
            .iter()
            .rev()
            .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let length = number(12, 4).clamp(92, SECTOR);
    let (start, size) = (number(72, 8).checked_mul(sector_size)?, number(80, 4) * number(84, 4));
    if let Some(entries) = bytes
        .get(start..start.checked_add(size)?)
        .filter(|entries| entries.len() <= LARGEST)
    {
        let sum = crc32(entries);
        bytes[at + 88..at + 92].copy_from_slice(&sum.to_le_bytes());
    }
    bytes[at + 16..at + 20].fill(0);
    let sum = crc32(&bytes[at..at + length]);
    bytes[at + 16..at + 20].copy_from_slice(&sum.to_le_bytes());
    Some(())
}

/// CRC-32 as ISO 3309 has it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg())
        })
    })
}
