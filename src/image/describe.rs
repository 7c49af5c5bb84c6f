//! What an image holds and where: `image.json` for `system-installer show`, and a summary for the build's log.

use std::fmt::Write as _;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde_json::{Value, json};

use super::disks::{Held, Planned};
use super::fill::Made;
use super::layout::{Bytes, Kind, Layout, Place, SECTOR, TableKind};
use super::partition_type;
use super::system::System;

/// The version of `image.json`.
const FORMAT: u32 = 1;

/// A disk that is made.
#[derive(Debug)]
pub struct Described<'a> {
    /// What was planned.
    pub planned: &'a Planned,
    /// Its file.
    pub path: &'a Path,
    /// The places of its partitions.
    pub layout: &'a Layout,
    /// What became of each of them.
    pub made: &'a [Option<Made>],
}

/// The text of `image.json`: the places and contents of all partitions in bytes, and the plan.
pub fn json(system: &System, disks: &[Described]) -> String {
    let image = json!({
        "format": FORMAT,
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
        "partitions": partitions(described).map(|(n, place)| partition(described, n, place)).collect::<Vec<_>>(),
    })
}

fn partition(described: &Described, n: usize, place: Place) -> Value {
    let planned = &described.planned.disk.partitions[n];
    let mut value = json!({
        "name": planned.name,
        "number": place.number,
        "offset": place.offset(),
        "size": place.size(),
        "type": kind(planned.kind),
    });
    let content = match &described.planned.contents[n] {
        Held::Nothing => None,
        Held::Swap { .. } => Some(json!({ "type": "swap" })),
        Held::FileSystem(file_system) => Some(json!({
            "type": "filesystem",
            "format": file_system.format.name(),
            "mountpoint": file_system.mount_point,
        })),
    };
    if let Some(mut content) = content {
        if let Some(made) = &described.made[n] {
            content["uuid"] = json!(made.uuid);
            content["free"] = json!(made.free);
        }
        value["content"] = content;
    }
    if matches!(planned.kind, Kind::Gpt(_)) {
        value["uuid"] = json!(planned.uuid.to_string());
    }
    value
}

fn partitions<'a>(described: &'a Described) -> impl Iterator<Item = (usize, Place)> + 'a {
    described.layout.partitions.iter().copied().enumerate()
}

/// For people where this program knows it.
fn kind(kind: Kind) -> String {
    match kind {
        Kind::Gpt(uuid) => partition_type::describe(uuid).map_or_else(|| uuid.to_string(), str::to_owned),
        Kind::Msdos(byte) => format!("{byte:02x}"),
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
        for (n, place) in partitions(described) {
            let planned = &described.planned.disk.partitions[n];
            let _ = write!(text, "\n  {} {}: {}", place.number, planned.name, Bytes(place.size()));
            match &described.planned.contents[n] {
                Held::Nothing => {
                    let _ = write!(text, ", {}", kind(planned.kind));
                }
                Held::Swap { .. } => text.push_str(", swap"),
                Held::FileSystem(file_system) => {
                    let point = file_system.mount_point.as_deref().unwrap_or("nowhere");
                    let _ = write!(text, ", {} on {point}", file_system.format.name());
                }
            }
            if let Some(free) = described.made[n].as_ref().and_then(|made| made.free) {
                let _ = write!(text, ", {} free", Bytes(free));
            }
        }
    }
    text
}
