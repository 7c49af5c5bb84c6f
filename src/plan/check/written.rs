//! What the author of a plan wrote. A filled plan holds more: what follows from the rest of it. Rules must not complain
//! about that, because nobody wrote it. So it is taken out before they look, and a filled plan is judged as the one
//! that it was made of.

use std::borrow::Cow;

use crate::fill::bios_disks;
use crate::loaders::GRUB_LIMIT;
use crate::sections::disk::mounts::mounts;
use crate::text::Text;
use crate::{FileSystem, Grub, Plan};

/// `given` without what `filled`, the same plan with every default, has anyway. An author who repeats it word for word
/// is treated as if it were left out.
pub fn written<'a>(given: &'a Plan, filled: &Plan) -> Cow<'a, Plan> {
    let mut plan = Cow::Borrowed(given);
    without_mounts(&mut plan, filled);
    if let Some(grub) = grub(given) {
        let repeats_disks = grub.device.is_none()
            && grub
                .devices
                .as_ref()
                .is_some_and(|devices| !devices.is_empty() && *devices == bios_disks(filled));
        if repeats_disks {
            change_grub(&mut plan, |grub| grub.devices = None);
        }
        if grub.configuration_limit == Some(GRUB_LIMIT) {
            change_grub(&mut plan, |grub| grub.configuration_limit = None);
        }
    }
    plan
}

fn grub(plan: &Plan) -> Option<&Grub> {
    plan.boot.as_ref()?.loader.as_ref()?.grub.as_ref()
}

fn change_grub(plan: &mut Cow<Plan>, change: impl FnOnce(&mut Grub)) {
    let loader = plan.to_mut().boot.as_mut().and_then(|boot| boot.loader.as_mut());
    if let Some(grub) = loader.and_then(|loader| loader.grub.as_mut()) {
        change(grub);
    }
}

/// Takes out of `fileSystems` what follows from the disks.
fn without_mounts(plan: &mut Cow<Plan>, filled: &Plan) {
    if plan.file_systems.is_none() {
        return;
    }
    for mount in mounts(filled) {
        let path = mount.mount_point.text();
        let entry = plan
            .file_systems
            .as_ref()
            .and_then(|entries| entries.entries.get(path)?.as_ref());
        let Some(entry) = entry else { continue };
        let filled_from = |mut entry: FileSystem| {
            entry.take_from_disk(mount.file_system.clone());
            entry.fill(path);
            entry
        };
        let rest = if filled_from(FileSystem::default()) == *entry {
            None
        } else {
            let mut rest = entry.clone();
            rest.device = None;
            rest.fs_type = rest
                .fs_type
                .filter(|own| Some(own) != mount.file_system.fs_type.as_ref());
            rest.options = rest
                .options
                .filter(|own| Some(own) != mount.file_system.options.as_ref());
            if filled_from(rest.clone()) != *entry {
                continue;
            }
            Some(rest)
        };
        let entries = &mut plan.to_mut().file_systems.get_or_insert_default().entries;
        match rest {
            None => entries.remove(path),
            rest => entries.insert(path.to_owned(), rest),
        };
    }
}
