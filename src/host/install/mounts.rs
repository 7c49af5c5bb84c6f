//! Refuses a prefix where a file system of the plan is not mounted. Otherwise files would be written to the directory below it,
//! and the system would not find them when it starts.

use std::path::{Path, PathBuf};

use super::Error;
use prefix::Prefix;
use tree::Tree;

/// Refuses a prefix where one of the plan's file systems is missing.
pub(super) fn check(plan: &Tree, prefix: &str) -> Result<(), Error> {
    let Some(Tree::Attrs(file_systems)) = plan.attribute("fileSystems") else {
        return Ok(());
    };
    for (mount_point, file_system) in file_systems {
        let path = PathBuf::from(format!("{prefix}{}", mount_point.trim_end_matches('/')));
        if is_wanted(file_system) && !is_mount_point(&path) {
            let mount_point = mount_point.clone();
            return Err(Error::NotMounted { path, mount_point });
        }
    }
    Ok(())
}

/// Whether the file system is on a disk of the machine, and is mounted when it starts.
fn is_wanted(file_system: &Tree) -> bool {
    let Some(Tree::String(device)) = file_system.attribute("device") else {
        return false;
    };
    let mut options = Vec::new();
    if let Some(Tree::List(list)) = file_system.attribute("options") {
        for option in list {
            if let Tree::String(text) = option {
                options.extend(text.split(','));
            }
        }
    }
    // `UUID=` and the like.
    (device.starts_with("/dev/") || (device.contains('=') && !device.starts_with('/')))
        && !options
            .iter()
            .any(|option| matches!(*option, "noauto" | "bind" | "rbind"))
}

/// Whether something is mounted at `path`. Opening it makes an automount mount its file system.
fn is_mount_point(path: &Path) -> bool {
    let mounted = Prefix::open(path).and_then(|directory| directory.mounted());
    mounted.is_ok_and(|kind| kind.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(mount_point: &str, device: &str, options: &str) -> Tree {
        let text = format!(
            r#"{{"fileSystems": {{"{mount_point}": {{"device": "{device}", "options": ["defaults", "{options}"]}}}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn what_is_on_a_disk_and_mounted_at_the_start_has_to_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().to_str().unwrap();
        std::fs::create_dir(folder.path().join("boot")).unwrap();
        for device in ["/dev/vda1", "UUID=0a1b-2c3d", "PARTLABEL=ESP"] {
            let said = check(&plan("/boot", device, "ro"), at).unwrap_err().to_string();
            let wanted = format!(
                "`{at}/boot` is not a mount point, and the plan has `fileSystems.\"/boot\"`: mount it, or give --force"
            );
            assert_eq!(said, wanted, "{device}");
        }
        let said = check(&plan("/missing", "/dev/vda1", "ro"), at).unwrap_err().to_string();
        assert!(
            said.starts_with(&format!("`{at}/missing` is not a mount point")),
            "{said}"
        );
        let said = check(&plan("/", "/dev/vda1", "ro"), at).unwrap_err().to_string();
        assert!(said.starts_with(&format!("`{at}` is not a mount point")), "{said}");
    }

    #[test]
    fn other_file_systems_are_not_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().to_str().unwrap();
        for (device, option) in [
            ("tmpfs", "mode=755"),
            ("/srv/other", "bind"),
            ("host:/export", "rw"),
            ("/dev/vda1", "noatime,noauto"),
        ] {
            assert!(check(&plan("/data", device, option), at).is_ok(), "{device} {option}");
        }
        assert!(check(&Tree::Attrs(Vec::new()), at).is_ok());
    }

    #[test]
    fn a_mount_point_is_not_taken_for_a_directory() {
        assert!(is_mount_point(Path::new("/proc")));
        assert!(!is_mount_point(Path::new("/proc/self/fd")));
        assert!(!is_mount_point(Path::new("/does/not/exist")));
    }
}
