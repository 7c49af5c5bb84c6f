//! What the plan says of disks and of their image, as what is made: the disks to lay out, and what each partition holds.

use std::path::{Path, PathBuf};

use super::identity::Identity;
use super::layout::{self, ALIGNMENT, End, Kind, SECTOR, Start, TableKind};
use super::partition_type;
use plan::problem::{AttrPath, Problem, Segment};
use plan::read;
use plan::sections::disk::fill::in_order;
use plan::sections::disk::{Content, Disk, Filesystem, Gpt, MbrPartition, Msdos, Partition};
use plan::text::{ByteSize, ImageFormat, ImageSize, MbrType, Place, Spot, Text};
use plan::{Image, Named, Plan, fill};
use tree::Tree;

/// A disk.
#[derive(Debug)]
pub struct Planned {
    /// The name of its attribute.
    pub name: String,
    /// The name of its image, without an ending.
    pub image_name: String,
    /// Its path on the machine.
    pub device: String,
    /// The size of its image in bytes; `None` where that is found out.
    pub size: Option<u64>,
    /// How it is laid out; what its partitions must hold is still to be found out.
    pub disk: layout::Disk,
    /// What each of its partitions holds.
    pub contents: Vec<Held>,
}

impl Planned {
    /// Whether it has a partition for GRUB's core image.
    pub fn has_bios_boot_partition(&self) -> bool {
        let bios_boot = partition_type::gpt("EF02").map(Kind::Gpt);
        self.disk
            .partitions
            .iter()
            .any(|partition| Some(partition.kind) == bios_boot)
    }
}

/// What a partition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Nothing: another program's, or a boot loader's.
    Nothing,
    /// A file system.
    FileSystem(FileSystem),
    /// Swap.
    Swap {
        /// The plan's arguments for mkswap.
        arguments: Vec<String>,
    },
}

/// A file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSystem {
    /// Its type.
    pub format: Format,
    /// Where it is mounted.
    pub mount_point: Option<String>,
    /// The plan's arguments for mkfs.
    pub arguments: Vec<String>,
}

/// A type of file system that can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// ext4.
    Ext4,
    /// FAT.
    Vfat,
    /// EROFS, which nobody can write to.
    Erofs,
}

impl Format {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Vfat => "vfat",
            Self::Erofs => "erofs",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::Ext4, Self::Vfat, Self::Erofs]
            .into_iter()
            .find(|format| format.name() == name)
    }
}

/// How an image is made.
#[derive(Debug)]
pub struct Settings {
    /// What it is written as.
    pub format: ImageFormat,
    /// The size of a disk that does not say its own, in bytes; `None` where that is found out.
    pub size: Option<u64>,
    /// How much room the last partition has left over, in bytes.
    pub free_space: u64,
    mkfs: Vec<(String, String)>,
}

/// Why no image can be made of a plan.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The section `image` or `disks` is wrong.
    #[error("{}", lines(.0))]
    Plan(Vec<Problem>),
    /// What nobody has written yet.
    #[error("`{place}`: {what} is not yet in images")]
    NotYet {
        /// Where.
        place: AttrPath,
        /// What.
        what: String,
    },
    /// A type of partition that has no GUID.
    #[error("`{place}`: `{kind}` is not a type of partition that is known here: write its GUID")]
    Kind {
        /// Where.
        place: AttrPath,
        /// The type.
        kind: String,
    },
    /// No package is named for what the plan needs.
    #[error("`image.mkfs.{format}` is not set: it names the package with `bin/mkfs.{format}`, for `{of}`")]
    NoPackage {
        /// The type of file system.
        format: &'static str,
        /// The partition.
        of: String,
    },
    /// The package lacks it.
    #[error("`image.mkfs.{format}`: there is neither `bin/mkfs.{format}` nor `sbin/mkfs.{format}` in `{package}`")]
    NoProgram {
        /// The type of file system.
        format: &'static str,
        /// The package.
        package: String,
    },
}

fn lines(problems: &[Problem]) -> String {
    let lines = problems.iter().map(|problem| problem.line(&problem.path.to_string()));
    lines.collect::<Vec<_>>().join("\nerror: ")
}

/// The disks in `plan`, a filled one, and how `image` says that they are made.
///
/// # Errors
/// See [`Error`].
pub fn read(plan: &Tree, image: &Tree, identity: &Identity) -> Result<(Vec<Planned>, Settings), Error> {
    let mut attributes = vec![("image".to_owned(), image.clone())];
    if let Some(disks) = plan.attribute("disks") {
        attributes.insert(0, ("disks".to_owned(), disks.clone()));
    }
    let (given, problems) = read::read(&Tree::Attrs(attributes));
    // Of a plan that lacks everything else.
    let ours = |problem: &Problem| matches!(problem.path.0.first(), Some(Segment::Name(name)) if matches!(name.as_str(), "disks" | "image"));
    let problems: Vec<Problem> = problems.into_iter().filter(ours).collect();
    if !problems.is_empty() {
        return Err(Error::Plan(problems));
    }
    let plan = fill::fill(&given);
    let settings = settings(&plan);
    let mut planned = Vec::new();
    for (name, disk) in plan.disks.iter().flat_map(Named::present) {
        planned.push(planned_disk(name, disk, settings.size, identity)?);
    }
    Ok((planned, settings))
}

fn settings(plan: &Plan) -> Settings {
    let default = Image::default();
    let image = plan.image.as_ref().unwrap_or(&default);
    let packages = image.mkfs.iter().flat_map(Named::present);
    Settings {
        format: image.format.unwrap_or(ImageFormat::Raw),
        size: image.size.as_ref().and_then(ImageSize::bytes),
        // The plan is a filled one: the default is there.
        free_space: image.free_space.as_ref().map_or(0, ByteSize::bytes),
        mkfs: packages
            .map(|(format, package)| (format.clone(), package.text().to_owned()))
            .collect(),
    }
}

impl Settings {
    /// The program that makes a file system of this type, for the partition `of`: of the package that the plan names, or, where
    /// it names none, the one on the `PATH`. A build has no `PATH`.
    ///
    /// # Errors
    /// [`Error::NoPackage`], [`Error::NoProgram`].
    pub fn program(&self, format: Format, of: &str) -> Result<PathBuf, Error> {
        let format = format.name();
        let package = self.mkfs.iter().find(|(name, _)| name == format);
        let Some((_, package)) = package else {
            return on_the_path(&format!("mkfs.{format}")).ok_or_else(|| Error::NoPackage {
                format,
                of: of.to_owned(),
            });
        };
        ["bin", "sbin"]
            .into_iter()
            .map(|folder| Path::new(package).join(folder).join(format!("mkfs.{format}")))
            .find(|program| program.is_file())
            .ok_or_else(|| Error::NoProgram {
                format,
                package: package.clone(),
            })
    }
}

fn on_the_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|program| program.is_absolute() && program.is_file())
}

fn planned_disk(name: &str, disk: &Disk, size: Option<u64>, identity: &Identity) -> Result<Planned, Error> {
    let place = AttrPath::default().name("disks").name(name);
    let text = |value: Option<&str>| value.unwrap_or(name).to_owned();
    let content = place.name("content");
    let (table, partitions) = match &disk.content {
        Some(Content::Gpt(gpt)) => (TableKind::Gpt, gpt_partitions(name, gpt, &content, identity)?),
        Some(Content::Msdos(msdos)) => (TableKind::Msdos, mbr_partitions(msdos, &content)?),
        None => return not_yet(&place, "a disk without `content`"),
        Some(_) => return not_yet(&content, "a disk without a table of `type` `gpt` or `msdos`"),
    };
    let (partitions, contents) = partitions.into_iter().unzip();
    Ok(Planned {
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
    place: &AttrPath,
    identity: &Identity,
) -> Result<Vec<(layout::Partition, Held)>, Error> {
    let partitions = gpt.partitions.iter().flat_map(in_order);
    let one = |(name, partition): (&str, &Partition)| {
        let place = place.name("partitions").name(name);
        if partition.hybrid.is_some() {
            return not_yet(&place.name("hybrid"), "a hybrid master boot record");
        }
        let kind = partition.kind.as_ref().map_or("8300", Text::text);
        let attributes = partition.attributes.iter().flatten();
        let uuid = partition.uuid.as_ref().and_then(|uuid| uuid.text().parse().ok());
        let made = layout::Partition {
            name: partition.label.as_ref().map_or(name, Text::text).to_owned(),
            kind: Kind::Gpt(partition_type::gpt(kind).ok_or_else(|| Error::Kind {
                place: place.name("type"),
                kind: kind.to_owned(),
            })?),
            uuid: uuid.unwrap_or_else(|| identity.uuid(&format!("partition {disk}/{name}"))),
            start: start(partition.start.as_ref(), &place)?,
            end: end(partition.end.as_ref(), &place)?,
            alignment: alignment(partition.alignment.map(|sectors| sectors.0)),
            minimum: 0,
            attributes: attributes.fold(0, |bits, bit| bits | 1 << bit.0),
            bootable: false,
        };
        Ok((made, held(partition.content.as_deref(), &place.name("content"))?))
    };
    partitions.map(one).collect()
}

fn mbr_partitions(msdos: &Msdos, place: &AttrPath) -> Result<Vec<(layout::Partition, Held)>, Error> {
    let partitions = msdos.partitions.iter().flat_map(in_order);
    let one = |(name, partition): (&str, &MbrPartition)| {
        let place = place.name("partitions").name(name);
        let made = layout::Partition {
            name: name.to_owned(),
            kind: Kind::Msdos(partition.kind.as_ref().map_or(0x83, MbrType::byte)),
            // It has no place for one.
            uuid: uuid::Uuid::nil(),
            start: start(partition.start.as_ref(), &place)?,
            end: end(partition.end.as_ref(), &place)?,
            alignment: alignment(partition.alignment.map(|sectors| sectors.0)),
            minimum: 0,
            attributes: 0,
            bootable: partition.bootable.unwrap_or_default(),
        };
        Ok((made, held(partition.content.as_deref(), &place.name("content"))?))
    };
    partitions.map(one).collect()
}

fn start(start: Option<&Place>, place: &AttrPath) -> Result<Start, Error> {
    match start.map_or(Spot::Next, Place::spot) {
        Spot::Next => Ok(Start::Next),
        Spot::At(byte) => Ok(Start::At(byte)),
        Spot::After(_) | Spot::BeforeEnd(_) => not_yet(&place.name("start"), "a start with `+` or `-`"),
    }
}

fn end(end: Option<&Place>, place: &AttrPath) -> Result<End, Error> {
    match end.map(Place::spot) {
        None => not_yet(&place.name("size"), "a partition without a size"),
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

fn held(content: Option<&Content>, place: &AttrPath) -> Result<Held, Error> {
    match content {
        None => Ok(Held::Nothing),
        Some(Content::Filesystem(content)) => file_system(content, place).map(Held::FileSystem),
        Some(Content::Swap(content)) if content.random_encryption == Some(true) => Ok(Held::Nothing),
        Some(Content::Swap(content)) => Ok(Held::Swap {
            arguments: words(content.extra_args.as_deref()),
        }),
        Some(Content::Btrfs(_)) => not_yet(place, "btrfs"),
        Some(Content::Luks(_)) => not_yet(place, "LUKS"),
        Some(Content::LvmPv(_)) => not_yet(place, "LVM"),
        Some(Content::Mdraid(_)) => not_yet(place, "software RAID"),
        Some(Content::Zfs(_)) => not_yet(place, "ZFS"),
        Some(Content::Bcachefs(_)) => not_yet(place, "bcachefs"),
        Some(Content::Gpt(_) | Content::Msdos(_) | Content::Table(_)) => not_yet(place, "a table in a partition"),
    }
}

fn file_system(content: &Filesystem, place: &AttrPath) -> Result<FileSystem, Error> {
    let format = content.format.as_ref().map_or("", Text::text);
    let Some(format) = Format::of(format) else {
        return not_yet(&place.name("format"), format);
    };
    Ok(FileSystem {
        format,
        mount_point: content.mountpoint.as_ref().map(|point| point.text().to_owned()),
        arguments: words(content.extra_args.as_deref()),
    })
}

/// disko puts them on a shell's command line, so that one may hold several.
fn words<T: Text>(arguments: Option<&[T]>) -> Vec<String> {
    let arguments = arguments.unwrap_or_default().iter();
    let words = arguments.flat_map(|argument| argument.text().split_whitespace());
    words.map(str::to_owned).collect()
}

fn not_yet<T>(place: &AttrPath, what: &str) -> Result<T, Error> {
    Err(Error::NotYet {
        place: place.clone(),
        what: what.to_owned(),
    })
}
