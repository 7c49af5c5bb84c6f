//! Where a problem is reported. What follows from a disk is in `fileSystems` of the filled plan, but its author wrote
//! it in `disks`: the problem is reported there.

use super::Plans;
use crate::problem::{AttrPath, Segment};
use crate::sections::disk::mounts::{Mount, mounts};
use crate::text::Text;

/// Finds the attribute that the author wrote, for a place in the filled plan.
pub struct Places<'a> {
    plans: &'a Plans<'a>,
    mounts: Vec<Mount<'a>>,
}

impl<'a> Places<'a> {
    pub fn of(plans: &'a Plans<'a>) -> Self {
        Self {
            plans,
            mounts: mounts(plans.filled),
        }
    }

    /// The attribute that the author wrote, where the filled plan has the one at `path`.
    pub fn written(&self, path: AttrPath) -> AttrPath {
        let [Segment::Name(section), Segment::Name(mount_point), rest @ ..] = &path.0[..] else {
            return path;
        };
        let given = self.plans.given.file_systems.as_ref();
        if section != "fileSystems" || given.is_some_and(|given| given.entries.contains_key(mount_point)) {
            return path;
        }
        let Some(mount) = self.mounts.iter().find(|mount| mount.mount_point.text() == mount_point) else {
            return path;
        };
        let attribute = match rest {
            [Segment::Name(name)] if name == "fsType" => "format",
            [Segment::Name(name), ..] if name == "options" => "mountOptions",
            _ => return mount.place.clone(),
        };
        let mut path = mount.place.clone();
        path.0.pop();
        let content = path.name(attribute);
        // A file system of btrfs has no `format`.
        if attribute == "format" && mount.file_system.kind() == "btrfs" {
            return mount.place.clone();
        }
        content
    }
}
