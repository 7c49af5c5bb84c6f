//! Strings of fstab(5).

use super::path::check_absolute;
use super::{Mistake, has_control, string};
use crate::problem::code;
use crate::read::quoted;

string! {
    /// Where a file system is mounted: an absolute path in its shortest form.
    MountPath<"mountPoint"> like "^/", "an absolute path", |text| {
        check_absolute(text).map_err(|mistake| {
            let short = format!("/{}", text.trim_matches('/'));
            match mistake.hint {
                None if !text.is_empty() && check_absolute(&short).is_ok() => {
                    mistake.hint(format!("write {}", quoted(&short)))
                }
                _ => mistake,
            }
        })?;
        if has_control(text) {
            return Err(Mistake::new(code::BAD_MOUNT, format!("{} holds a control character", quoted(text))));
        }
        Ok(())
    }
}

string! {
    /// A field of fstab(5), or a part of one: a device, a label, a type, an option.
    MountField like "^[^\\s](.*[^\\s])?$", "a string", |text| {
        if text.is_empty() {
            return Err(Mistake::new(code::BAD_MOUNT, "the string is empty"));
        }
        if has_control(text) {
            return Err(Mistake::new(code::BAD_MOUNT, format!("{} holds a control character", quoted(text))));
        }
        if text.trim() != text {
            let message = format!("{} begins or ends with white space", quoted(text));
            return Err(Mistake::new(code::BAD_MOUNT, message).hint(format!("write {}", quoted(text.trim()))));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;

    #[test]
    fn a_mount_point_is_an_absolute_path_that_may_be_the_kernels_or_the_stores() {
        for good in ["/", "/boot", "/nix/store", "/dev/hugepages", "/mnt/my disk"] {
            assert!(MountPath::parse(good, false).is_ok(), "{good}");
        }
        for (bad, hint) in [
            ("boot", Some("write `/boot`")),
            ("/boot/", Some("write `/boot`")),
            ("/boot//efi", Some("write `/boot/efi`")),
            ("", None),
            ("none", Some("write `/none`")),
        ] {
            let mistake = MountPath::parse(bad, false).unwrap_err();
            assert_eq!((mistake.code, mistake.hint.as_deref()), (code::BAD_PATH, hint), "{bad}");
        }
    }

    #[test]
    fn a_field_is_neither_empty_nor_with_what_no_line_can_hold() {
        for good in [
            "ext4",
            "LABEL=my disk",
            "//server/share",
            "x-systemd.automount",
            "subvol=@home",
        ] {
            assert!(MountField::parse(good, false).is_ok(), "{good}");
        }
        for bad in ["", "a\nb", "a\tb", " ext4", "ext4 "] {
            assert_eq!(
                MountField::parse(bad, false).map_err(|m| m.code),
                Err(code::BAD_MOUNT),
                "{bad:?}"
            );
        }
    }
}
