//! Describes a finished image: as `image.json` for `system-installer show`, and as a summary for the build's log.

use std::fmt::Write as _;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde_json::{Value, json};

use super::bytes::Bytes;
use super::disks::{Held, PlannedDisk};
use super::file_system::Filled;
use super::layout::{Extent, Layout, PartitionType, SECTOR, TableKind};
use super::partition_type;
use super::system::System;

/// The version of `image.json`.
const VERSION: u32 = 1;

/// A finished disk.
#[derive(Debug)]
pub struct Described<'a> {
    /// What the plan says of it.
    pub planned: &'a PlannedDisk,
    /// Its file.
    pub path: &'a Path,
    /// Where its partitions lie.
    pub layout: &'a Layout,
    /// What each of them was filled with, if it was.
    pub filled: &'a [Option<Filled>],
}

/// The text of `image.json`: where all partitions lie (in bytes) and what they hold, and the plan.
pub fn json(system: &System, disks: &[Described]) -> String {
    let image = json!({
        "format": VERSION,
        "name": system.name(),
        "system": system.path,
        "disks": disks.iter().map(disk).collect::<Vec<_>>(),
        "plan": system.plan,
    });
    format!("{image:#}\n")
}

fn disk(described: &Described) -> Value {
    json!({
        "name": described.planned.name,
        "device": described.planned.device,
        "file": file_name(described.path),
        "size": described.layout.sectors * SECTOR,
        "table": match described.planned.disk.table {
            TableKind::Gpt => "gpt",
            TableKind::Msdos => "msdos",
        },
        "uuid": described.planned.disk.uuid.to_string(),
        "partitions": partitions(described).map(|(n, extent)| partition(described, n, extent)).collect::<Vec<_>>(),
    })
}

fn partition(described: &Described, n: usize, extent: Extent) -> Value {
    let planned = &described.planned.disk.partitions[n];
    let mut value = json!({
        "name": planned.name,
        "number": extent.number,
        "offset": extent.offset(),
        "size": extent.size(),
        "type": type_name(planned.partition_type),
    });
    let content = match &described.planned.contents[n] {
        Held::Nothing => None,
        Held::Swap { .. } => Some(json!({ "type": "swap" })),
        Held::FileSystem(planned) => Some(json!({
            "type": "filesystem",
            "format": planned.file_system.name(),
            "mountpoint": planned.mount_point,
        })),
    };
    if let Some(mut content) = content {
        if let Some(filled) = &described.filled[n] {
            content["uuid"] = json!(filled.uuid);
            content["free"] = json!(filled.free);
        }
        value["content"] = content;
    }
    if matches!(planned.partition_type, PartitionType::Gpt(_)) {
        value["uuid"] = json!(planned.uuid.to_string());
    }
    value
}

fn partitions<'a>(described: &'a Described) -> impl Iterator<Item = (usize, Extent)> + 'a {
    described.layout.partitions.iter().copied().enumerate()
}

/// The type of a partition: in words, where this program knows it, or as the table has it.
fn type_name(partition_type: PartitionType) -> String {
    match partition_type {
        PartitionType::Gpt(uuid) => partition_type::describe(uuid).map_or_else(|| uuid.to_string(), str::to_owned),
        PartitionType::Msdos(byte) => format!("{byte:02x}"),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A line for each disk and one for each partition.
pub fn summary(disks: &[Described]) -> String {
    let mut text = String::new();
    for described in disks {
        let size = described.layout.sectors * SECTOR;
        let written = std::fs::metadata(described.path).map_or(size, |found| found.blocks() * 512);
        let _ = write!(
            text,
            "{}{}: {}, of which {} are written",
            if text.is_empty() { "" } else { "\n" },
            file_name(described.path),
            Bytes(size),
            Bytes(written)
        );
        for (n, extent) in partitions(described) {
            let planned = &described.planned.disk.partitions[n];
            let _ = write!(text, "\n  {} {}: {}", extent.number, planned.name, Bytes(extent.size()));
            match &described.planned.contents[n] {
                Held::Nothing => {
                    let _ = write!(text, ", {}", type_name(planned.partition_type));
                }
                Held::Swap { .. } => text.push_str(", swap"),
                Held::FileSystem(planned) => {
                    let point = planned.mount_point.as_deref().unwrap_or("nowhere");
                    let _ = write!(text, ", {} on {point}", planned.file_system.name());
                }
            }
            if let Some(free) = described.filled[n].as_ref().and_then(|filled| filled.free) {
                let _ = write!(text, ", {} free", Bytes(free));
            }
        }
    }
    text
}
