//! What the system mounts of its disks: file systems and swap.

use super::{Btrfs, Content, Disk, SwapFile};
use crate::problem::AttrPath;
use crate::text::{DiscardPolicy, MountField, MountPath, Text};
use crate::{FileSystem, Named, Plan};

/// Visits every content of the disks with its place in the plan. What holds others comes before them.
pub fn each<'a>(disks: &'a Named<crate::text::DeviceName, Disk>, look: &mut dyn FnMut(&AttrPath, &'a Content)) {
    for (name, disk) in disks.present() {
        if let Some(content) = &disk.content {
            within(
                &AttrPath::default().name("disks").name(name).name("content"),
                content,
                look,
            );
        }
    }
}

fn within<'a>(path: &AttrPath, content: &'a Content, look: &mut dyn FnMut(&AttrPath, &'a Content)) {
    look(path, content);
    let partitions = path.name("partitions");
    let mut enter = |path: AttrPath, content: &'a Option<Box<Content>>| {
        if let Some(content) = content {
            within(&path.name("content"), content, look);
        }
    };
    match content {
        Content::Gpt(table) => {
            for (name, partition) in table.partitions.iter().flat_map(Named::present) {
                enter(partitions.name(name), &partition.content);
            }
        }
        Content::Msdos(table) => {
            for (name, partition) in table.partitions.iter().flat_map(Named::present) {
                enter(partitions.name(name), &partition.content);
            }
        }
        Content::Table(table) => {
            for (index, partition) in table.partitions.iter().flatten().enumerate() {
                enter(partitions.index(index), &partition.content);
            }
        }
        Content::Luks(luks) => enter(path.clone(), &luks.content),
        _ => {}
    }
}

/// A file system that follows from a content.
pub struct Mount<'a> {
    /// The attribute that says where it is mounted.
    pub place: AttrPath,
    /// Where it is mounted.
    pub mount_point: &'a MountPath,
    /// The entry of `fileSystems` that follows from it.
    pub file_system: FileSystem,
}

/// The file systems of a filled plan's disks, sorted by place.
pub fn mounts(plan: &Plan) -> Vec<Mount<'_>> {
    let mut mounts = Vec::new();
    let Some(disks) = &plan.disks else { return mounts };
    each(disks, &mut |path, content| match content {
        Content::Filesystem(content) => mounts.extend(content.mountpoint.as_ref().map(|mount_point| Mount {
            place: path.name("mountpoint"),
            mount_point,
            file_system: FileSystem {
                device: content.device.as_ref().map(|device| MountField::known(device.text())),
                fs_type: content.format.clone(),
                options: content.mount_options.clone(),
                ..FileSystem::default()
            },
        })),
        Content::Btrfs(content) => mount_btrfs(path, content, &mut mounts),
        _ => {}
    });
    mounts
}

fn mount_btrfs<'a>(path: &AttrPath, btrfs: &'a Btrfs, mounts: &mut Vec<Mount<'a>>) {
    let mut mount = |place: AttrPath, mount_point: &'a Option<MountPath>, options: Option<Vec<MountField>>| {
        mounts.extend(mount_point.as_ref().map(|mount_point| Mount {
            place: place.name("mountpoint"),
            mount_point,
            file_system: FileSystem {
                device: btrfs.device.as_ref().map(|device| MountField::known(device.text())),
                fs_type: Some(MountField::known("btrfs")),
                options,
                ..FileSystem::default()
            },
        }));
    };
    mount(path.clone(), &btrfs.mountpoint, btrfs.mount_options.clone());
    for (name, subvolume) in btrfs.subvolumes.iter().flat_map(Named::present) {
        let mut options = subvolume.mount_options.clone().unwrap_or_default();
        let called = subvolume.name.as_ref().map_or(name.as_str(), Text::text);
        options.push(MountField::known(format!("subvol={called}")));
        let place = path.name("subvolumes").name(name);
        mount(place, &subvolume.mountpoint, Some(options));
    }
}

/// The first swap of a filled plan's disks that the system resumes from after hibernation.
pub(crate) fn resume_device(plan: &Plan) -> Option<String> {
    let mut device = None;
    each(plan.disks.as_ref()?, &mut |_, content| {
        if let Content::Swap(swap) = content
            && swap.resume_device == Some(true)
            && swap.random_encryption != Some(true)
            && device.is_none()
        {
            device = swap.device.as_ref().map(|device| device.text().to_owned());
        }
    });
    device
}

/// A line of fstab(5) for swap.
pub(crate) struct SwapLine {
    /// A device or a file.
    pub device: String,
    /// Options.
    pub options: Vec<String>,
}

/// The swap of a filled plan's disks. Swap with a new key at every start is not among it: it has no content under its
/// device's path.
pub(crate) fn swaps(plan: &Plan) -> Vec<SwapLine> {
    let mut lines = Vec::new();
    let Some(disks) = &plan.disks else { return lines };
    each(disks, &mut |_, content| match content {
        Content::Swap(swap) if swap.random_encryption != Some(true) => {
            let mut options = options(swap.mount_options.as_ref(), swap.priority.map(|priority| priority.0));
            options.extend(swap.discard_policy.map(|policy| match policy {
                DiscardPolicy::Both => "discard".to_owned(),
                _ => format!("discard={}", policy.text()),
            }));
            lines.extend(swap.device.as_ref().map(|device| SwapLine {
                device: device.text().to_owned(),
                options,
            }));
        }
        Content::Btrfs(btrfs) => {
            swap_files(btrfs.mountpoint.as_ref(), btrfs.swap.as_ref(), &mut lines);
            for (_, subvolume) in btrfs.subvolumes.iter().flat_map(Named::present) {
                swap_files(subvolume.mountpoint.as_ref(), subvolume.swap.as_ref(), &mut lines);
            }
        }
        _ => {}
    });
    lines
}

fn swap_files(
    mount_point: Option<&MountPath>,
    files: Option<&Named<crate::text::DeviceName, SwapFile>>,
    lines: &mut Vec<SwapLine>,
) {
    let Some(mount_point) = mount_point else { return };
    for (name, file) in files.into_iter().flat_map(Named::present) {
        let path = file.path.as_ref().map_or(name.as_str(), Text::text);
        lines.push(SwapLine {
            device: format!("{}/{}", mount_point.text().trim_end_matches('/'), path),
            options: options(file.options.as_ref(), file.priority.map(|priority| priority.0)),
        });
    }
}

fn options(given: Option<&Vec<MountField>>, priority: Option<i64>) -> Vec<String> {
    let mut options = Vec::new();
    options.extend(given.into_iter().flatten().map(|option| option.text().to_owned()));
    // -1 leaves it to the kernel, as no option does.
    options.extend(
        priority
            .filter(|priority| *priority >= 0)
            .map(|priority| format!("pri={priority}")),
    );
    options
}
