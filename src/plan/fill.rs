//! The defaults: gives each attribute that was left out its value, so that a script says all that its step does.
//!
//! Filling a filled plan changes nothing. A default gives way to what the plan says: to an entry of the same path in
//! any section, to `null`, and to a file or link where the default would need a directory.

use std::collections::{BTreeMap, BTreeSet};

use crate::many::MountPoints;
use crate::number::Timeout;
use crate::sections::base::{self, Entries, LOCKED, NO_HOME, NO_LOGIN};
use crate::sections::disk;
use crate::sections::file_system::fstab;
use crate::text::{
    AccountName, Base, ByteSize, Description, Device, EntryPath, HashedPassword, Home, HostName, ImageFormat,
    ImageSize, KernelParameter, Label, MountPoint, Owner, Shell, Text,
};
use crate::{Boot, Directory, FileSystem, Group, Hooks, Id, Image, Loader, Map, Named, Plan, User};
use step::{MachineId, Mode, OnChange};
use tree::path::parents;

/// The same plan with every default filled in. `runtime`, `buildSystem` and `buildRuntime` stay as they are: only the
/// build knows their defaults.
#[must_use]
pub fn fill(given: &Plan) -> Plan {
    let mut plan = given.clone();
    let name = given.name.as_ref().map_or("", Text::text);
    let host_name = plan.host_name.get_or_insert_with(|| HostName::from_name(name));
    let mut defaults = base::entries(*plan.base.get_or_insert(Base::Full), name, host_name.text());
    for (name, disk) in plan.disks.iter_mut().flat_map(Named::present_mut) {
        disk::fill::fill(name, disk);
    }
    mount_disks(&mut plan);
    for (mount_point, file_system) in entries_mut(&mut plan.file_systems) {
        file_system.fill(mount_point);
    }
    if plan.base == Some(Base::Full) {
        defaults
            .files
            .extend(fstab(&plan).map(|text| (base::FSTAB, base::file(text))));
    }
    plan.machine_id.get_or_insert(MachineId::Generate);
    accounts(&mut plan, &defaults);
    tree(&mut plan, given, &defaults);
    implicit_directories(&mut plan);
    if let Some(init) = &mut plan.init {
        init.environment.get_or_insert_default();
    }
    let hooks = plan.hooks.get_or_insert_with(Hooks::default);
    hooks.pre_init.get_or_insert_default();
    hooks.pre_boot.get_or_insert_default();
    let bios_disks = bios_disks(&plan);
    let resume_device = disk::mounts::resume_device(&plan);
    if let Some(boot) = &mut plan.boot {
        fill_boot(boot, name, &bios_disks);
        resume_from(boot, resume_device.as_deref());
    }
    // An output holds nothing of an image.
    if plan.built != Some(true) && (plan.disks.is_some() || plan.image.is_some()) {
        fill_image(plan.image.get_or_insert_default());
    }
    if let Some(nix) = &mut plan.nix {
        nix.enable.get_or_insert(false);
    }
    plan
}

/// Adds the file systems that follow from the disks. An entry that the plan has for the same mount point adds to that
/// file system. If it names a device, it is a file system of its own instead.
fn mount_disks(plan: &mut Plan) {
    let mut mounts = Vec::new();
    mounts.extend(
        disk::mounts::mounts(plan)
            .into_iter()
            .map(|mount| (mount.mount_point.text().to_owned(), mount.file_system)),
    );
    if mounts.is_empty() {
        return;
    }
    let entries = &mut plan.file_systems.get_or_insert_default().entries;
    for (mount_point, file_system) in mounts {
        let entry = entries
            .entry(mount_point)
            .or_insert_with(|| Some(FileSystem::default()));
        if let Some(entry) = entry {
            entry.take_from_disk(file_system);
        }
    }
}

/// The defaults of `image`.
fn fill_image(image: &mut Image) {
    image.format.get_or_insert(ImageFormat::Raw);
    image.size.get_or_insert_with(|| ImageSize::known(ImageSize::AUTO));
    image.free_space.get_or_insert_with(|| ByteSize::known("512M"));
    image.mkfs.get_or_insert_default();
}

/// The disks that have a partition for GRUB's core image. Like disko, the plan takes them for GRUB's devices.
pub(crate) fn bios_disks(plan: &Plan) -> Vec<Device> {
    let mut devices = Vec::new();
    let Some(disks) = &plan.disks else { return devices };
    let mut last = None;
    let slots = disk::slots::slots(disks);
    for slot in slots.iter().filter(|slot| slot.kind.is_bios_boot()) {
        // Of several on a disk, one after the other, the disk is named once.
        if let Some(disk) = slot.disk().filter(|disk| last != Some(*disk)) {
            let device = disks.get(disk).and_then(|disk| disk.device.as_ref());
            devices.extend(device.map(|device| Device::known(device.text())));
            last = Some(disk);
        }
    }
    devices
}

fn fill_boot(boot: &mut Boot, name: &str, bios_disks: &[Device]) {
    boot.kernel_params.get_or_insert_default();
    boot.label.get_or_insert_with(|| Label::known(name));
    if let Some(loader) = &mut boot.loader {
        fill_loader(loader, bios_disks);
    }
}

/// Tells the initial RAM disk by the kernel's command line which swap holds a hibernated system, unless the plan says so itself.
/// A system that boots by documents of its own, as NixOS does, has parameters of its own.
fn resume_from(boot: &mut Boot, device: Option<&str>) {
    const NAMES: [&str; 2] = ["resume=", "noresume"];
    let (None, Some(parameters), Some(device)) = (&boot.system, &mut boot.kernel_params, device) else {
        return;
    };
    let is_said = |parameter: &KernelParameter| NAMES.iter().any(|name| parameter.text().starts_with(name));
    if !parameters.iter().any(is_said) {
        parameters.extend(KernelParameter::parse(&format!("resume={device}"), false).ok());
    }
}

/// Fills in the boot loader's defaults, which are NixOS's.
fn fill_loader(loader: &mut Loader, bios_disks: &[Device]) {
    loader.timeout.get_or_insert(Timeout::Seconds(5));
    for named in loader.named_mut() {
        named.fill(bios_disks);
    }
    let efi = loader.efi.get_or_insert_default();
    efi.efi_sys_mount_point
        .get_or_insert_with(|| MountPoints(vec![MountPoint::known("/boot")]));
    efi.can_touch_efi_variables.get_or_insert(false);
}

/// Whether `given` puts a file or a link at `path`.
fn has_other(given: &Plan, path: &str) -> bool {
    given.files.as_ref().is_some_and(|files| files.has(path))
        || given.symlinks.as_ref().is_some_and(|symlinks| symlinks.has(path))
}

/// Whether a default may be put at `path`: `given` has nothing else there, and nothing but directories above it.
fn leaves_room(given: &Plan, path: &str) -> bool {
    let directories = given.directories.as_ref();
    let removes = |path: &str| directories.is_some_and(|directories| directories.removes(path));
    !has_other(given, path)
        && !directories.is_some_and(|directories| directories.has(path))
        && !parents(path).any(|parent| has_other(given, parent) || removes(parent))
}

/// Adds the defaults of a section that may be put at their paths.
fn add<T: Clone>(map: &mut Option<Map<EntryPath, T>>, defaults: &[(&'static str, T)], given: &Plan) {
    let entries = &mut map.get_or_insert_default().entries;
    for (path, value) in defaults {
        if leaves_room(given, path) && !entries.contains_key(*path) {
            entries.insert((*path).to_owned(), Some(value.clone()));
        }
    }
}

fn tree(plan: &mut Plan, given: &Plan, defaults: &Entries) {
    add(&mut plan.directories, &defaults.directories, given);
    add(&mut plan.files, &defaults.files, given);
    add(&mut plan.symlinks, &defaults.symlinks, given);
    for (path, directory) in entries_mut(&mut plan.directories) {
        let default = defaults.directories.iter().find(|(default, _)| default == path);
        fill_directory(
            directory,
            default.and_then(|(_, default)| default.mode).unwrap_or(Mode(0o755)),
        );
    }
    for (_, file) in entries_mut(&mut plan.files) {
        file.mode.get_or_insert(Mode(0o644));
        file.user.get_or_insert_with(Owner::root);
        file.group.get_or_insert_with(Owner::root);
        file.on_change.get_or_insert(OnChange::Keep);
    }
    for (_, symlink) in entries_mut(&mut plan.symlinks) {
        symlink.on_change.get_or_insert(OnChange::Keep);
    }
}

fn fill_directory(directory: &mut Directory, mode: Mode) {
    directory.mode.get_or_insert(mode);
    directory.user.get_or_insert_with(Owner::root);
    directory.group.get_or_insert_with(Owner::root);
}

fn entries_mut<K, T>(map: &mut Option<Map<K, T>>) -> impl Iterator<Item = (&String, &mut T)> {
    map.iter_mut().flat_map(Map::present_mut)
}

/// Adds the directories that entries lie in, so that a script names all that `pre-init` makes. The accounts and the
/// machine id need /etc. `/` is not added: the prefix exists.
fn implicit_directories(plan: &mut Plan) {
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    let directories = plan.directories.iter().flat_map(Map::present).map(|(path, _)| path);
    let files = plan.files.iter().flat_map(Map::present).map(|(path, _)| path);
    let symlinks = plan.symlinks.iter().flat_map(Map::present).map(|(path, _)| path);
    for path in directories.chain(files).chain(symlinks) {
        for parent in parents(path) {
            // Where one is known, those above it are.
            if !needed.insert(parent) {
                break;
            }
        }
    }
    let mount_points = plan.file_systems.iter().flat_map(Map::present).map(|(path, _)| path);
    for path in mount_points {
        // Those of the kernel's own file systems and of the store are not the plan's to make.
        if path != "/" && EntryPath::parse(path, false).is_ok() && leaves_room(plan, path) {
            needed.extend(parents(path).chain([path.as_str()]));
        }
    }
    if needs_etc(plan) {
        needed.insert("/etc");
    }
    let named = |path: &str| {
        plan.directories
            .as_ref()
            .is_some_and(|map| map.entries.contains_key(path))
    };
    let missing = needed.into_iter().filter(|path| !named(path) && !has_other(plan, path));
    let missing: Vec<String> = missing.map(str::to_owned).collect();
    let entries = &mut plan.directories.get_or_insert_default().entries;
    for path in missing {
        let mut directory = Directory::default();
        fill_directory(&mut directory, Mode(0o755));
        entries.insert(path, Some(directory));
    }
}

/// Whether the plan writes files below /etc that `files` does not name.
pub fn needs_etc(plan: &Plan) -> bool {
    let users = plan.users.iter().flat_map(Map::present).next().is_some();
    let groups = plan.groups.iter().flat_map(Map::present).next().is_some();
    users || groups || plan.machine_id.as_ref().is_some_and(|id| *id != MachineId::None)
}

fn accounts(plan: &mut Plan, defaults: &Entries) {
    let users = plan.users.get_or_insert_default();
    let groups = plan.groups.get_or_insert_default();
    for (name, default) in &defaults.users {
        let entry = users
            .entries
            .entry((*name).to_owned())
            .or_insert_with(|| Some(User::default()));
        if let Some(user) = entry {
            user.uid = user.uid.or(default.uid);
            user.group = user.group.take().or_else(|| default.group.clone());
            user.home = user.home.take().or_else(|| default.home.clone());
            user.shell = user.shell.take().or_else(|| default.shell.clone());
        }
    }
    for (name, default) in &defaults.groups {
        let entry = groups
            .entries
            .entry((*name).to_owned())
            .or_insert_with(|| Some(Group::default()));
        if let Some(group) = entry {
            group.gid = group.gid.or(default.gid);
        }
    }
    // Whatever the base: no other id makes a root.
    if let Some(Some(root)) = users.entries.get_mut("root") {
        root.uid.get_or_insert(Id(0));
    }
    if let Some(Some(root)) = groups.entries.get_mut("root") {
        root.gid.get_or_insert(Id(0));
    }
    let mut gids: BTreeSet<Id> = BTreeSet::new();
    gids.extend(groups.present().filter_map(|(_, group)| group.gid));
    for (name, user) in &mut users.entries {
        let Some(user) = user else { continue };
        fill_user(name, user);
        if user.group.as_ref().is_some_and(|group| group.text() == name) {
            // A user's own group, as useradd makes it: the same number where that is free.
            let gid = user
                .uid
                .filter(|uid| !groups.entries.contains_key(name) && gids.insert(*uid));
            groups
                .entries
                .entry(name.clone())
                .or_insert_with(|| Some(Group { gid, members: None }));
        }
    }
    let mut joining: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, user) in users.present() {
        for group in user.extra_groups.iter().flatten() {
            joining.entry(group.text()).or_default().push(name);
        }
    }
    for (name, group) in entries_mut(&mut plan.groups) {
        let members = group.members.get_or_insert_default();
        let mut known: BTreeSet<&str> = BTreeSet::new();
        let declared = std::mem::take(members);
        known.extend(declared.iter().map(Text::text));
        let joining = joining.remove(name.as_str()).unwrap_or_default();
        let joining: Vec<&str> = joining.into_iter().filter(|user| known.insert(user)).collect();
        members.extend(declared.iter().cloned());
        members.extend(joining.into_iter().map(AccountName::known));
    }
}

fn fill_user(name: &str, user: &mut User) {
    user.group.get_or_insert_with(|| AccountName::known(name));
    user.extra_groups.get_or_insert_default();
    user.home.get_or_insert_with(|| Home::known(NO_HOME));
    user.shell.get_or_insert_with(|| Shell::known(NO_LOGIN));
    user.description.get_or_insert_with(|| Description::known(""));
    user.hashed_password
        .get_or_insert_with(|| HashedPassword::known(LOCKED));
}
