//! Packs a raw image into QEMU's format qcow2, version 3. Only clusters that hold something are in it. Source: QEMU's
//! `docs/interop/qcow2.txt`.
//!
//! The file is written from front to back: for each 512 MiB of the disk the clusters with data and then their table, and at the
//! end the tables of the whole. So memory does not grow with the image, every cluster is used exactly once, and the same image
//! gives the same bytes.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::format::{Encoding, ImageFormat};
use rustix::fs::SeekFrom;
use rustix::io::Errno;
use tree::FileError;

const CLUSTER_BITS: u32 = 16;
/// In bytes.
const CLUSTER: u64 = 1 << CLUSTER_BITS;
/// Clusters that one table of the second level knows.
const PER_TABLE: u64 = CLUSTER / 8;
/// Clusters whose uses a block counts, with 16 bits for each.
const PER_COUNTS: u64 = CLUSTER / 2;
/// The flag of an entry whose cluster is used once: QEMU may write to it without a copy.
const COPIED: u64 = 1 << 63;
/// Bytes of the header of version 3.
const HEADER: u32 = 104;

/// The format of QEMU.
#[derive(Debug)]
pub struct Qcow2;

impl ImageFormat for Qcow2 {
    fn name(&self) -> &'static str {
        "qcow2"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["qcow2"]
    }

    fn encoding(&self) -> Encoding {
        Encoding::Packed(|raw, packed| pack(raw, packed).map(|_| ()))
    }
}

/// Writes the raw image at `raw` as a new file at `packed`. Gives the new file's size in bytes.
///
/// # Errors
/// Where one of the two files cannot be read or written.
pub fn pack(raw: &Path, packed: &Path) -> Result<u64, FileError> {
    let from = File::open(raw).map_err(FileError::at("open", raw))?;
    let size = from.metadata().map_err(FileError::at("read", raw))?.len();
    let to = File::create_new(packed).map_err(FileError::at("create", packed))?;
    let mut writer = Writer {
        file: to,
        // The first cluster is for the header.
        next: CLUSTER,
    };
    let tables = size.div_ceil(CLUSTER * PER_TABLE).max(1);
    let mut first_level = Vec::new();
    for table in 0..tables {
        let entry = write_part(&from, size, table, &mut writer);
        first_level.push(entry.map_err(|error| match error {
            Failure::Read(error) => FileError::at("read", raw)(error),
            Failure::Write(error) => FileError::at("write", packed)(error),
        })?);
    }
    writer
        .finish(size, &first_level)
        .map_err(FileError::at("write", packed))
}

enum Failure {
    Read(io::Error),
    Write(io::Error),
}

/// Writes the data that the table with this index knows, and the table; 0 where there is none.
fn write_part(from: &File, size: u64, table: u64, writer: &mut Writer) -> Result<u64, Failure> {
    let start = table * PER_TABLE * CLUSTER;
    let end = size.min(start + PER_TABLE * CLUSTER);
    let mut entries = vec![0; usize::try_from(PER_TABLE).unwrap_or_default()];
    let mut buffer = vec![0; usize::try_from(CLUSTER).unwrap_or_default()];
    let mut is_used = false;
    let mut at = start;
    while let Some(data) = next_data(from, at, end).map_err(Failure::Read)? {
        // Data may begin in the middle of a cluster.
        at = data - data % CLUSTER;
        let length = usize::try_from(CLUSTER.min(size - at)).unwrap_or_default();
        let (bytes, behind) = buffer.split_at_mut(length);
        from.read_exact_at(bytes, at).map_err(Failure::Read)?;
        behind.fill(0);
        if buffer.iter().any(|byte| *byte != 0) {
            let index = usize::try_from((at - start) / CLUSTER).unwrap_or_default();
            entries[index] = writer.append(&buffer).map_err(Failure::Write)? | COPIED;
            is_used = true;
        }
        at += CLUSTER;
    }
    if !is_used {
        return Ok(0);
    }
    Ok(writer.append_numbers(&entries).map_err(Failure::Write)? | COPIED)
}

/// Where data begins, from `at` on and before `end`.
fn next_data(file: &File, at: u64, end: u64) -> io::Result<Option<u64>> {
    if at >= end {
        return Ok(None);
    }
    match rustix::fs::seek(file, SeekFrom::Data(at)) {
        Ok(found) => Ok((found < end).then_some(found)),
        // There is only a hole up to the end.
        Err(Errno::NXIO) => Ok(None),
        // A file system that knows no holes.
        Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(Some(at)),
        Err(error) => Err(error.into()),
    }
}

struct Writer {
    file: File,
    /// Where the next cluster lies, in bytes.
    next: u64,
}

impl Writer {
    /// Where these bytes were written: at the end, in clusters of their own.
    fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let at = self.next;
        self.file.write_all_at(bytes, at)?;
        self.next += (bytes.len() as u64).next_multiple_of(CLUSTER);
        Ok(at)
    }

    fn append_numbers(&mut self, numbers: &[u64]) -> io::Result<u64> {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        self.append(&bytes)
    }

    /// Writes the tables for the whole and the header.
    fn finish(mut self, size: u64, first_level: &[u64]) -> io::Result<u64> {
        let first_level_at = self.append_numbers(first_level)?;
        let used = self.next / CLUSTER;
        // The clusters of the counts are counted as well.
        let (mut blocks, mut table) = (0, 0);
        let total = loop {
            let total = used + table + blocks;
            let needed = total.div_ceil(PER_COUNTS);
            if needed == blocks {
                break total;
            }
            (blocks, table) = (needed, needed.div_ceil(PER_TABLE));
        };
        let first_block = self.next + table * CLUSTER;
        let offsets: Vec<u64> = (0..blocks).map(|block| first_block + block * CLUSTER).collect();
        let counts_at = self.append_numbers(&offsets)?;
        for block in 0..blocks {
            let in_use = usize::try_from((total - block * PER_COUNTS).min(PER_COUNTS)).unwrap_or_default();
            self.append(&[0, 1].repeat(in_use))?;
        }
        let mut header = Vec::from(*b"QFI\xfb");
        let pair = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
        let count = |count: u64| u32::try_from(count).map_err(io::Error::other);
        // Version 3 and no other image behind it. The fields of 32 bits go in pairs, but for the first one.
        header.extend(3_u32.to_be_bytes());
        let mut long = |number: u64| header.extend(number.to_be_bytes());
        long(0);
        long(pair(0, CLUSTER_BITS));
        long(size);
        long(pair(0, count(first_level.len() as u64)?));
        long(first_level_at);
        long(counts_at);
        long(pair(count(table)?, 0));
        // No snapshots, no features.
        for _ in 0..4 {
            long(0);
        }
        // Counts of 1 << 4 bits.
        long(pair(4, HEADER));
        // No extensions.
        long(0);
        self.file.write_all_at(&header, 0)?;
        let end = self.next;
        self.file.set_len(end)?;
        Ok(end)
    }
}
