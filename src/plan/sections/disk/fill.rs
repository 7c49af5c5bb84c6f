//! The defaults of `disks`, which are disko's: names, types, order and devices.

use tree::digest;

use super::{Content, Disk, Gpt, Luks, MbrPartition, Msdos, Partition, SwapFile, Table};
use crate::number::{Priority, Sectors};
use crate::sections::file_system::udev_link;
use crate::text::{
    DeviceName, DevicePath, DiskType, FileName, MbrType, MountField, PartitionName, PartitionSize, PartitionType,
    Place, TableFormat, Text,
};
use crate::{Named, text};

/// Fills in the defaults of a disk. `attribute` is its name in the plan.
pub(crate) fn fill(attribute: &str, disk: &mut Disk) {
    let name = disk
        .name
        .get_or_insert_with(|| DeviceName::known(attribute.replace('/', "_")))
        .clone();
    disk.kind.get_or_insert(DiskType::Disk);
    disk.destroy.get_or_insert(true);
    disk.image_name
        .get_or_insert_with(|| FileName::known(name.text().replace('/', "_")));
    if let Some(content) = &mut disk.content {
        let holder = Holder {
            kind: "disk",
            name: name.text(),
            device: disk.device.as_ref(),
        };
        fill_content(content, &holder);
    }
}

/// What holds a content: a disk, a partition or another content.
struct Holder<'a> {
    /// disko's word for it.
    kind: &'static str,
    name: &'a str,
    device: Option<&'a DevicePath>,
}

fn fill_content(content: &mut Content, holder: &Holder) {
    let device = match content {
        Content::Gpt(content) => &mut content.device,
        Content::Msdos(content) => &mut content.device,
        Content::Table(content) => &mut content.device,
        Content::Filesystem(content) => &mut content.device,
        Content::Swap(content) => &mut content.device,
        Content::Btrfs(content) => &mut content.device,
        Content::Luks(content) => &mut content.device,
        Content::LvmPv(content) => &mut content.device,
        Content::Mdraid(content) => &mut content.device,
        Content::Zfs(content) => &mut content.device,
        Content::Bcachefs(content) => &mut content.device,
    };
    if device.is_none() {
        *device = holder.device.cloned();
    }
    match content {
        Content::Gpt(gpt) => fill_gpt(gpt, holder),
        Content::Msdos(msdos) => fill_msdos(msdos),
        Content::Table(table) => fill_table(table),
        Content::Filesystem(content) => {
            defaults(&mut content.mount_options);
            content.extra_args.get_or_insert_default();
        }
        Content::Swap(content) => {
            defaults(&mut content.mount_options);
            content.extra_args.get_or_insert_default();
            content.random_encryption.get_or_insert(false);
            content.resume_device.get_or_insert(false);
        }
        Content::Btrfs(content) => {
            defaults(&mut content.mount_options);
            content.extra_args.get_or_insert_default();
            fill_swap_files(&mut content.swap);
            for (name, subvolume) in content.subvolumes.get_or_insert_default().present_mut() {
                subvolume.name.get_or_insert_with(|| DeviceName::known(name.clone()));
                subvolume.kind.get_or_insert_with(|| MountField::known("btrfs_subvol"));
                defaults(&mut subvolume.mount_options);
                subvolume.extra_args.get_or_insert_default();
                fill_swap_files(&mut subvolume.swap);
            }
        }
        Content::Luks(luks) => fill_luks(luks),
        Content::LvmPv(_) | Content::Mdraid(_) | Content::Zfs(_) => {}
        Content::Bcachefs(content) => {
            content.extra_format_args.get_or_insert_default();
        }
    }
}

fn defaults(options: &mut Option<Vec<MountField>>) {
    options.get_or_insert_with(|| vec![MountField::known("defaults")]);
}

fn fill_swap_files(files: &mut Option<Named<DeviceName, SwapFile>>) {
    for (name, file) in files.get_or_insert_default().present_mut() {
        file.path.get_or_insert_with(|| DeviceName::known(name.clone()));
        defaults(&mut file.options);
    }
}

fn fill_luks(luks: &mut Luks) {
    luks.settings
        .get_or_insert_with(|| super::Settings(tree::Tree::Attrs(Vec::new())));
    let has_key = luks
        .settings
        .as_ref()
        .is_some_and(|settings| settings.0.attribute("keyFile").is_some());
    luks.ask_password
        .get_or_insert(luks.key_file.is_none() && luks.password_file.is_none() && !has_key);
    luks.additional_key_files.get_or_insert_default();
    luks.initrd_unlock.get_or_insert(true);
    luks.extra_format_args.get_or_insert_default();
    luks.extra_open_args.get_or_insert_default();
    let name = luks.name.as_ref().map_or("", Text::text);
    if let Some(content) = &mut luks.content {
        let device = DevicePath::known(format!("/dev/mapper/{name}"));
        let holder = Holder {
            kind: "luks",
            name,
            device: Some(&device),
        };
        fill_content(content, &holder);
    }
}

fn fill_gpt(gpt: &mut Gpt, holder: &Holder) {
    gpt.efi_gpt_partition_first.get_or_insert(true);
    for (attribute, partition) in gpt.partitions.get_or_insert_default().present_mut() {
        fill_partition(attribute, partition, holder);
    }
}

fn fill_partition(attribute: &str, partition: &mut Partition, holder: &Holder) {
    let is_swap = matches!(partition.content.as_deref(), Some(Content::Swap(_)));
    let kind = partition
        .kind
        .get_or_insert_with(|| PartitionType::known(if is_swap { "8200" } else { "8300" }));
    // Some BIOSes want GRUB's partition first, says disko.
    let usual = if kind.text().eq_ignore_ascii_case("EF02") {
        100
    } else {
        USUAL
    };
    fill_extent(
        partition.size.as_ref(),
        usual,
        &mut partition.priority,
        &mut partition.start,
        &mut partition.end,
        &mut partition.alignment,
    );
    partition.attributes.get_or_insert_default();
    if let Some(hybrid) = &mut partition.hybrid {
        hybrid.mbr_bootable_flag.get_or_insert(false);
    }
    let name = partition.name.get_or_insert_with(|| DeviceName::known(attribute));
    let label = partition
        .label
        .get_or_insert_with(|| PartitionName::known(default_label(holder, name.text())));
    let device = partition.device.get_or_insert_with(|| {
        DevicePath::known(match &partition.uuid {
            Some(uuid) => format!("/dev/disk/by-partuuid/{}", uuid.text().to_ascii_lowercase()),
            None => udev_link("/dev/disk/by-partlabel/", label.text()),
        })
    });
    if let Some(content) = &mut partition.content {
        let holder = Holder {
            kind: "partition",
            name: name.text(),
            device: Some(device),
        };
        fill_content(content, &holder);
    }
}

/// disko's name for a partition that has none.
fn default_label(holder: &Holder, name: &str) -> String {
    let label = format!("{}-{}-{name}", holder.kind, holder.name);
    if label.len() <= text::GPT_NAME_UNITS {
        return label;
    }
    let mut digits = digest::hex(label.as_bytes());
    digits.truncate(text::GPT_NAME_UNITS);
    digits
}

/// disko's priority of a partition, if it neither has to come first nor takes all that is left.
const USUAL: i64 = 1000;

/// disko's priority of a partition that takes all that is left.
const LAST: i64 = 9001;

fn fill_extent(
    size: Option<&PartitionSize>,
    usual: i64,
    priority: &mut Option<Priority>,
    start: &mut Option<Place>,
    end: &mut Option<Place>,
    alignment: &mut Option<Sectors>,
) {
    let takes_rest = size.is_some_and(|size| size.text() == PartitionSize::REST);
    priority.get_or_insert(Priority::new(if takes_rest { LAST } else { usual }));
    let start = start.get_or_insert_with(|| Place::known("0"));
    if let (None, Some(size)) = (&end, size) {
        let place = if takes_rest {
            "-0".to_owned()
        } else {
            format!("+{}", size.text())
        };
        *end = Some(Place::known(place));
    }
    let to_the_sector = start.is_in_sectors() || end.as_ref().is_some_and(Place::is_in_sectors);
    alignment.get_or_insert(Sectors::new(to_the_sector.into()));
}

/// How many entries the table of a master boot record has.
const PRIMARY: usize = 4;

fn fill_msdos(msdos: &mut Msdos) {
    let disk = msdos.device.clone();
    let partitions = msdos.partitions.get_or_insert_default();
    for (_, partition) in partitions.present_mut() {
        fill_mbr_partition(partition);
    }
    let order: Vec<String> = in_order(partitions).map(|(name, _)| name.to_owned()).collect();
    for (n, name) in order.iter().enumerate() {
        // Of more than four, those from the fourth on are logical, and count from 5.
        let number = if order.len() > PRIMARY && n + 1 >= PRIMARY {
            n + 2
        } else {
            n + 1
        };
        let Some((_, partition)) = partitions.present_mut().find(|(other, _)| *other == name) else {
            continue;
        };
        if partition.device.is_none() {
            partition.device = disk.as_ref().map(|disk| numbered(disk, number));
        }
        if let Some(content) = &mut partition.content {
            let holder = Holder {
                kind: "partition",
                name,
                device: partition.device.as_ref(),
            };
            fill_content(content, &holder);
        }
    }
}

fn fill_mbr_partition(partition: &mut MbrPartition) {
    partition.kind.get_or_insert_with(|| {
        MbrType::known(match partition.content.as_deref() {
            Some(Content::Swap(_)) => "82",
            Some(Content::Filesystem(content)) if content.format.as_ref().is_some_and(|f| f.text() == "vfat") => "0c",
            _ => "83",
        })
    });
    partition.bootable.get_or_insert(false);
    fill_extent(
        partition.size.as_ref(),
        USUAL,
        &mut partition.priority,
        &mut partition.start,
        &mut partition.end,
        &mut partition.alignment,
    );
}

fn fill_table(table: &mut Table) {
    table.format.get_or_insert(TableFormat::Gpt);
    for (n, partition) in table.partitions.get_or_insert_default().iter_mut().enumerate() {
        let device = table.device.as_ref().map(|disk| numbered(disk, n + 1));
        if let Some(content) = &mut partition.content {
            let holder = Holder {
                kind: "partition",
                name: partition.name.as_ref().map_or("", Text::text),
                device: device.as_ref(),
            };
            fill_content(content, &holder);
        }
    }
}

/// The path of the partition `number` of a disk, as udev and the kernel (`disk_name`) make it.
fn numbered(disk: &DevicePath, number: usize) -> DevicePath {
    let disk = disk.text();
    let is_link = ["/dev/disk/", "/dev/zvol/"]
        .iter()
        .any(|folder| disk.starts_with(folder));
    let separator = if is_link {
        "-part"
    } else if disk.ends_with(|c: char| c.is_ascii_digit()) && !disk.starts_with("/dev/mapper/") {
        "p"
    } else {
        ""
    };
    DevicePath::known(format!("{disk}{separator}{number}"))
}

/// A partition that has a place among others.
pub trait Ordered {
    /// Smaller ones come first.
    fn priority(&self) -> i64;
}

impl Ordered for Partition {
    fn priority(&self) -> i64 {
        self.priority.map_or(USUAL, |priority| priority.0)
    }
}

impl Ordered for MbrPartition {
    fn priority(&self) -> i64 {
        self.priority.map_or(USUAL, |priority| priority.0)
    }
}

/// The partitions of a filled plan in the order in which they are made and numbered: by priority, those of the same one
/// by name.
pub fn in_order<T: Ordered>(partitions: &Named<DeviceName, T>) -> impl Iterator<Item = (&str, &T)> {
    let mut order: Vec<(&str, &T)> = Vec::new();
    for (name, partition) in partitions.present() {
        // No sort: the runtime is to be small, and the names are sorted already.
        let before = order
            .iter()
            .rposition(|(_, other)| other.priority() <= partition.priority());
        order.insert(before.map_or(0, |place| place + 1), (name, partition));
    }
    order.into_iter()
}
