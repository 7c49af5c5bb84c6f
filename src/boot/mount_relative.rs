//! From a path as Linux sees it to the path within its file system, by which GRUB finds the same file: GRUB knows file
//! systems, not mounts.

use std::fs;

use prefix::{Error, Prefix};

/// Where `path`, beneath `prefix`, lies within its own file system; links in its parents are resolved. A prefix that is a plain
/// directory counts as the top of a file system: one will be made from it.
///
/// # Errors
/// Where a parent is missing or cannot be looked at.
pub fn within_file_system(prefix: &Prefix, path: &str) -> Result<String, Error> {
    let path = real(prefix, path)?;
    let top = fs::canonicalize(prefix.path()).map(|top| top.to_string_lossy().into_owned());
    // Without /proc the mounts are unknown. Assume the common case: the file system's top is mounted at the prefix.
    let (Ok(top), Ok(mounts)) = (top, fs::read_to_string("/proc/self/mountinfo")) else {
        return Ok(path);
    };
    Ok(translate(&mounts, top.trim_end_matches('/'), &path))
}

/// `path` with the links in its parents resolved.
///
/// # Errors
/// Where a parent cannot be looked at.
pub fn real(prefix: &Prefix, path: &str) -> Result<String, Error> {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = if parent.is_empty() { "/" } else { parent };
    let real = prefix.real_directory(parent)?.unwrap_or_else(|| parent.to_owned());
    Ok(format!("{}/{name}", real.trim_end_matches('/')))
}

/// Translates `path`, beneath the directory `top` (empty for `/`), to the path within the file system that is mounted there;
/// `mounts` is `/proc/self/mountinfo` (see proc(5)).
fn translate(mounts: &str, top: &str, path: &str) -> String {
    let full = format!("{top}{path}");
    let mut found: Option<(String, String)> = None;
    for line in mounts.lines() {
        let mut fields = line.split(' ').skip(3);
        let (Some(root), Some(point)) = (fields.next(), fields.next()) else {
            continue;
        };
        let point = unescape(point);
        let point = point.trim_end_matches('/');
        // A later mount on the same directory hides the earlier one.
        if beneath(point, &full) && found.as_ref().is_none_or(|(best, _)| best.len() <= point.len()) {
            found = Some((point.to_owned(), unescape(root)));
        }
    }
    match found {
        Some((point, root)) if beneath(top, &point) || point == top => {
            format!("{}{}", root.trim_end_matches('/'), &full[point.len()..])
        }
        _ => path.to_owned(),
    }
}

/// Whether `path` lies in the directory `directory`, which has no final `/`.
fn beneath(directory: &str, path: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

/// Undoes the kernel's escapes: it writes space, tab, newline and backslash as a backslash and three octal digits.
fn unescape(field: &str) -> String {
    field
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::translate;

    const MOUNTS: &str = "\
22 1 8:3 / / rw - ext4 /dev/sda3 rw
23 22 8:2 / /boot rw - ext4 /dev/sda2 rw
24 22 8:3 /persist/nix /nix rw - ext4 /dev/sda3 rw
25 22 0:30 /@ /mnt rw - btrfs /dev/sdb1 rw
26 25 8:9 / /mnt/with\\040space rw - ext4 /dev/sdc1 rw
27 22 8:4 / /bootx rw - ext4 /dev/sdd1 rw
";

    #[test]
    fn mounts_are_taken_back_to_their_file_systems() {
        for (top, path, expected) in [
            ("", "/boot/grub", "/grub"),
            ("", "/nix/store/x/bzImage", "/persist/nix/store/x/bzImage"),
            ("", "/srv/x", "/srv/x"),
            ("/mnt", "/boot/grub", "/@/boot/grub"),
            ("/mnt", "/with space/x", "/x"),
            ("/srv/stage", "/boot/grub", "/boot/grub"),
            ("/mnt/stage", "/boot/grub", "/boot/grub"),
        ] {
            assert_eq!(translate(MOUNTS, top, path), expected, "{top}{path}");
        }
    }

    #[test]
    fn the_last_mount_on_a_directory_counts() {
        let mounts = format!("{MOUNTS}30 23 8:7 /other /boot rw - ext4 /dev/sda7 rw\n");
        assert_eq!(translate(&mounts, "", "/boot/grub"), "/other/grub");
        assert_eq!(translate("", "", "/boot/grub"), "/boot/grub");
    }
}
