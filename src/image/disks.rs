//! The disks of the plan in the terms of what is made: how each disk is laid out, and what each of its partitions holds.

use super::file_system::FileSystem;
use super::file_systems;
use super::identity::Identity;
use super::layout::{self, ALIGNMENT, End, PartitionType, SECTOR, Start, TableKind};
use super::partition_type;
use plan::Named;
use plan::problem::AttrPath;
use plan::sections::disk::fill::in_order;
use plan::sections::disk::{Content, Disk, Filesystem, Gpt, MbrPartition, Msdos, Partition};
use plan::text::{ByteSize, DeviceName, MbrType, Place, Spot, Text};

/// A disk of the plan.
#[derive(Debug)]
pub struct PlannedDisk {
    /// The name of its attribute.
    pub name: String,
    /// The name of its image, without an ending.
    pub image_name: String,
    /// Its path on the machine.
    pub device: String,
    /// The size of its image in bytes; `None` where it follows from the contents.
    pub size: Option<u64>,
    /// How it is laid out. How many bytes its partitions must hold is not known yet.
    pub disk: layout::Disk,
    /// What each of its partitions holds.
    pub contents: Vec<Held>,
}

impl PlannedDisk {
    /// Whether it has a partition for GRUB's core image.
    pub fn has_bios_boot_partition(&self) -> bool {
        let bios_boot = partition_type::gpt("EF02").map(PartitionType::Gpt);
        self.disk
            .partitions
            .iter()
            .any(|partition| Some(partition.partition_type) == bios_boot)
    }
}

/// What a partition holds.
#[derive(Debug, Clone)]
pub enum Held {
    /// Nothing that is made here: it is empty, or a boot loader writes to it.
    Nothing,
    /// A file system.
    FileSystem(PlannedFileSystem),
    /// Swap.
    Swap {
        /// The plan's arguments for mkswap.
        arguments: Vec<String>,
    },
}

/// A file system of the plan.
#[derive(Debug, Clone)]
pub struct PlannedFileSystem {
    /// Its type.
    pub file_system: &'static dyn FileSystem,
    /// Where it is mounted.
    pub mount_point: Option<String>,
    /// The plan's arguments for mkfs.
    pub arguments: Vec<String>,
}

/// Why no image can be made of a plan's disks.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something that images do not have yet.
    #[error("`{path}`: {what} is not yet in images")]
    NotYet {
        /// The attribute.
        path: AttrPath,
        /// What it is.
        what: String,
    },
    /// A type of partition that has no GUID.
    #[error("`{path}`: `{name}` is not a type of partition that is known here: write its GUID")]
    PartitionType {
        /// The attribute.
        path: AttrPath,
        /// The type.
        name: String,
    },
}

/// The disks of a filled plan. A disk without a size of its own has `size` bytes; with `None`, its size follows from the contents.
///
/// # Errors
/// See [`Error`].
pub fn planned(
    disks: &Named<DeviceName, Disk>,
    size: Option<u64>,
    identity: &Identity,
) -> Result<Vec<PlannedDisk>, Error> {
    let disks = disks.present();
    disks
        .map(|(name, disk)| planned_disk(name, disk, size, identity))
        .collect()
}

fn planned_disk(name: &str, disk: &Disk, size: Option<u64>, identity: &Identity) -> Result<PlannedDisk, Error> {
    let path = AttrPath::default().name("disks").name(name);
    let text = |value: Option<&str>| value.unwrap_or(name).to_owned();
    let content = path.name("content");
    let (table, partitions) = match &disk.content {
        Some(Content::Gpt(gpt)) => (TableKind::Gpt, gpt_partitions(name, gpt, &content, identity)?),
        Some(Content::Msdos(msdos)) => (TableKind::Msdos, mbr_partitions(msdos, &content)?),
        None => return not_yet(&path, "a disk without `content`"),
        Some(_) => return not_yet(&content, "a disk without a table of `type` `gpt` or `msdos`"),
    };
    let (partitions, contents) = partitions.into_iter().unzip();
    Ok(PlannedDisk {
        name: name.to_owned(),
        image_name: text(disk.image_name.as_ref().map(Text::text)),
        device: text(disk.device.as_ref().map(Text::text)),
        size: disk.image_size.as_ref().map(ByteSize::bytes).or(size),
        disk: layout::Disk {
            name: name.to_owned(),
            table,
            uuid: identity.uuid(&format!("disk {name}")),
            alignment: ALIGNMENT,
            partitions,
        },
        contents,
    })
}

fn gpt_partitions(
    disk: &str,
    gpt: &Gpt,
    path: &AttrPath,
    identity: &Identity,
) -> Result<Vec<(layout::Partition, Held)>, Error> {
    let partitions = gpt.partitions.iter().flat_map(in_order);
    let one = |(name, partition): (&str, &Partition)| {
        let path = path.name("partitions").name(name);
        if partition.hybrid.is_some() {
            return not_yet(&path.name("hybrid"), "a hybrid master boot record");
        }
        let type_name = partition.kind.as_ref().map_or("8300", Text::text);
        let attributes = partition.attributes.iter().flatten();
        let uuid = partition.uuid.as_ref().and_then(|uuid| uuid.text().parse().ok());
        let made = layout::Partition {
            name: partition.label.as_ref().map_or(name, Text::text).to_owned(),
            partition_type: PartitionType::Gpt(partition_type::gpt(type_name).ok_or_else(|| Error::PartitionType {
                path: path.name("type"),
                name: type_name.to_owned(),
            })?),
            uuid: uuid.unwrap_or_else(|| identity.uuid(&format!("partition {disk}/{name}"))),
            start: start(partition.start.as_ref(), &path)?,
            end: end(partition.end.as_ref(), &path)?,
            alignment: alignment(partition.alignment.map(|sectors| sectors.0)),
            minimum: 0,
            attributes: attributes.fold(0, |bits, bit| bits | 1 << bit.0),
            bootable: false,
        };
        Ok((made, held(partition.content.as_deref(), &path.name("content"))?))
    };
    partitions.map(one).collect()
}

fn mbr_partitions(msdos: &Msdos, path: &AttrPath) -> Result<Vec<(layout::Partition, Held)>, Error> {
    let partitions = msdos.partitions.iter().flat_map(in_order);
    let one = |(name, partition): (&str, &MbrPartition)| {
        let path = path.name("partitions").name(name);
        let made = layout::Partition {
            name: name.to_owned(),
            partition_type: PartitionType::Msdos(partition.kind.as_ref().map_or(0x83, MbrType::byte)),
            // It has no room for one.
            uuid: uuid::Uuid::nil(),
            start: start(partition.start.as_ref(), &path)?,
            end: end(partition.end.as_ref(), &path)?,
            alignment: alignment(partition.alignment.map(|sectors| sectors.0)),
            minimum: 0,
            attributes: 0,
            bootable: partition.bootable.unwrap_or_default(),
        };
        Ok((made, held(partition.content.as_deref(), &path.name("content"))?))
    };
    partitions.map(one).collect()
}

fn start(start: Option<&Place>, path: &AttrPath) -> Result<Start, Error> {
    match start.map_or(Spot::Next, Place::spot) {
        Spot::Next => Ok(Start::Next),
        Spot::At(byte) => Ok(Start::At(byte)),
        Spot::After(_) | Spot::BeforeEnd(_) => not_yet(&path.name("start"), "a start with `+` or `-`"),
    }
}

fn end(end: Option<&Place>, path: &AttrPath) -> Result<End, Error> {
    match end.map(Place::spot) {
        None => not_yet(&path.name("size"), "a partition without a size"),
        Some(Spot::Next | Spot::BeforeEnd(0)) => Ok(End::Rest),
        Some(Spot::At(byte)) => Ok(End::At(byte)),
        Some(Spot::After(bytes)) => Ok(End::Size(bytes)),
        Some(Spot::BeforeEnd(bytes)) => Ok(End::BeforeEnd(bytes)),
    }
}

fn alignment(sectors: Option<i64>) -> Option<u64> {
    let sectors = u64::try_from(sectors?).ok()?;
    (sectors > 0).then_some(sectors * SECTOR)
}

fn held(content: Option<&Content>, path: &AttrPath) -> Result<Held, Error> {
    match content {
        None => Ok(Held::Nothing),
        Some(Content::Filesystem(content)) => file_system(content, path).map(Held::FileSystem),
        Some(Content::Swap(content)) if content.random_encryption == Some(true) => Ok(Held::Nothing),
        Some(Content::Swap(content)) => Ok(Held::Swap {
            arguments: words(content.extra_args.as_deref()),
        }),
        Some(Content::Btrfs(_)) => not_yet(path, "btrfs"),
        Some(Content::Luks(_)) => not_yet(path, "LUKS"),
        Some(Content::LvmPv(_)) => not_yet(path, "LVM"),
        Some(Content::Mdraid(_)) => not_yet(path, "software RAID"),
        Some(Content::Zfs(_)) => not_yet(path, "ZFS"),
        Some(Content::Bcachefs(_)) => not_yet(path, "bcachefs"),
        Some(Content::Gpt(_) | Content::Msdos(_) | Content::Table(_)) => not_yet(path, "a table in a partition"),
    }
}

fn file_system(content: &Filesystem, path: &AttrPath) -> Result<PlannedFileSystem, Error> {
    let name = content.format.as_ref().map_or("", Text::text);
    let Some(file_system) = file_systems::by_name(name) else {
        return not_yet(&path.name("format"), name);
    };
    Ok(PlannedFileSystem {
        file_system,
        mount_point: content.mountpoint.as_ref().map(|point| point.text().to_owned()),
        arguments: words(content.extra_args.as_deref()),
    })
}

/// The arguments, split at white space: disko puts them on a shell's command line, so one string may hold several.
fn words<T: Text>(arguments: Option<&[T]>) -> Vec<String> {
    let arguments = arguments.unwrap_or_default().iter();
    let words = arguments.flat_map(|argument| argument.text().split_whitespace());
    words.map(str::to_owned).collect()
}

fn not_yet<T>(path: &AttrPath, what: &str) -> Result<T, Error> {
    Err(Error::NotYet {
        path: path.clone(),
        what: what.to_owned(),
    })
}
