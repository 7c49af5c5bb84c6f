//! Strings that firmware, boot loaders and the kernel read.

use super::path::check_own;
use super::{Mistake, has_control, string};
use crate::problem::code;
use crate::read::quoted;

string! {
    /// One parameter of the kernel's command line, with its quotes.
    KernelParameter, "a kernel parameter", check_parameter
}

/// The kernel's own rules (`next_arg` in lib/cmdline.c): white space ends a parameter, except between double quotes.
/// Nothing escapes a quote.
fn check_parameter(text: &str) -> Result<(), Mistake> {
    let wrong = |what: &str| Mistake::new(code::BAD_KERNEL_PARAMETER, format!("{} {what}", quoted(text)));
    if text.is_empty() {
        return Err(Mistake::new(
            code::BAD_KERNEL_PARAMETER,
            "the kernel parameter is empty",
        ));
    }
    if has_control(text) {
        return Err(wrong("holds a control character"));
    }
    let mut in_quotes = false;
    for byte in text.bytes() {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b' ' if !in_quotes => {
                return Err(wrong("holds a space, which ends a kernel parameter").hint(
                    "write each parameter as an element of the list, and put a value with spaces in double quotes",
                ));
            }
            // The kernel's `isspace` goes by Latin-1, whatever the encoding: this is its no-break space.
            0xa0 if !in_quotes => {
                return Err(
                    wrong("holds the byte 0xa0, which the kernel takes for a space").hint("put it in double quotes")
                );
            }
            _ => {}
        }
    }
    if in_quotes {
        return Err(wrong("has a double quote without a second one"));
    }
    if text.strip_prefix('"').unwrap_or(text).starts_with("init=") {
        return Err(wrong("is added by the boot loader itself")
            .hint("leave it out: the system's own `init` is started, and then `init.command`"));
    }
    Ok(())
}

string! {
    /// The path of a device tree within its package.
    DeviceTreeName, "a path of a device tree", |text| {
        let wrong = |what: &str| {
            let message = format!("{} {what}", quoted(text));
            Err(Mistake::new(code::BAD_DEVICE_TREE, message).hint("write it as `\"vendor/board.dtb\"`"))
        };
        if text.split('/').any(|component| matches!(component, "" | "." | "..")) {
            return wrong("is not a path within the package");
        }
        // A space or control character would end the path in the menu's line.
        if has_control(text) || text.contains(' ') {
            return wrong("holds a space or a control character");
        }
        Ok(())
    }
}

string! {
    /// A title in a menu: one line.
    Label, "a label", |text| {
        if text.trim().is_empty() {
            return Err(Mistake::new(code::BAD_LABEL, "the label is empty"));
        }
        if has_control(text) {
            return Err(Mistake::new(code::BAD_LABEL, format!("{} holds a control character", quoted(text))));
        }
        // The lines of the Boot Loader Specification lose white space at their ends.
        if text.trim() != text {
            let message = format!("{} begins or ends with white space", quoted(text));
            return Err(Mistake::new(code::BAD_LABEL, message).hint(format!("write {}", quoted(text.trim()))));
        }
        Ok(())
    }
}

string! {
    /// A disk by its device node, or `nodev`.
    Device like "^(nodev|/dev/.+)$", "a device below `/dev`, or `nodev`", check_device
}

fn check_device(text: &str) -> Result<(), Mistake> {
    if text == Device::NODEV {
        return Ok(());
    }
    let wrong = |what: &str| Mistake::new(code::BAD_DEVICE, format!("{} {what}", quoted(text)));
    let hint = "write the disk's path, as `/dev/disk/by-id/...` or `/dev/sda`; `nodev` for UEFI alone";
    if !text.starts_with("/dev/") {
        return Err(wrong("is not a device below `/dev`").hint(hint));
    }
    if has_control(text) {
        return Err(wrong("holds a control character"));
    }
    super::path::check_absolute(text).map_err(|mistake| Mistake {
        code: code::BAD_DEVICE,
        ..mistake
    })
}

impl Device {
    /// The word for no device, as in NixOS.
    pub const NODEV: &'static str = "nodev";
}

string! {
    /// Where an EFI system partition is mounted.
    MountPoint like "^/.", "an absolute path", |text| {
        check_own(text)?;
        if text == "/" {
            return Err(Mistake::new(code::BAD_MOUNT_POINT, "the root cannot be an EFI system partition")
                .hint("write where it is mounted, as `/boot` or `/efi`"));
        }
        if has_control(text) {
            return Err(Mistake::new(code::BAD_MOUNT_POINT, format!("{} holds a control character", quoted(text))));
        }
        Ok(())
    }
}

string! {
    /// Lines of grub.cfg.
    GrubCommands, "GRUB commands", |text| {
        match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            Some(bad) => {
                let message = format!("the commands hold the control character {bad:?}");
                Err(Mistake::new(code::BAD_GRUB_COMMANDS, message))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;

    fn code_of<T: Text>(text: &str) -> Option<crate::problem::Code> {
        T::parse(text, false).err().map(|mistake| mistake.code)
    }

    #[test]
    fn a_kernel_parameter_is_one_for_the_kernel_too() {
        for good in [
            "quiet",
            "console=ttyS0,115200n8",
            "root=UUID=1-2",
            r#"dyndbg="file drivers/usb/* +p""#,
            r#""a b=c d""#,
            "systemd.unit=rescue.target",
            "--",
            "rdinit=/bin/sh",
            "name=\"\u{e0} b\"",
        ] {
            assert_eq!(code_of::<KernelParameter>(good), None, "{good}");
        }
        for bad in [
            "",
            "quiet splash",
            "a\tb",
            "a\nb",
            "a=\"b",
            "a\"b\"\"",
            "init=/bin/sh",
            "\"init=/bin/sh\"",
            "name=\u{e0}",
            "a=\"b c\" d",
        ] {
            assert_eq!(
                code_of::<KernelParameter>(bad),
                Some(code::BAD_KERNEL_PARAMETER),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_device_lies_below_dev() {
        for good in ["nodev", "/dev/sda", "/dev/disk/by-id/ata-x", "/dev/mapper/a b"] {
            assert_eq!(code_of::<Device>(good), None, "{good}");
        }
        for bad in [
            "",
            "sda",
            "(hd0)",
            "/dev",
            "/dev/",
            "/dev//sda",
            "/dev/../etc",
            "/tmp/disk.img",
            "/dev/a\nb",
        ] {
            assert_eq!(code_of::<Device>(bad), Some(code::BAD_DEVICE), "{bad}");
        }
    }

    #[test]
    fn an_efi_system_partition_is_mounted_below_the_root() {
        for good in ["/boot", "/boot/efi", "/efi"] {
            assert_eq!(code_of::<MountPoint>(good), None, "{good}");
        }
        for (bad, code) in [
            ("/", code::BAD_MOUNT_POINT),
            ("boot", code::BAD_PATH),
            ("/boot/", code::BAD_PATH),
            ("/../boot", code::BAD_PATH),
            ("/proc/boot", code::RESERVED_PATH),
            ("/nix/store", code::RESERVED_PATH),
        ] {
            assert_eq!(code_of::<MountPoint>(bad), Some(code), "{bad}");
        }
    }

    #[test]
    fn a_label_is_one_line_and_grub_commands_are_lines() {
        assert_eq!(code_of::<Label>("Web server \u{fc}ber 'x' $y"), None);
        for bad in ["", " ", "a ", "\u{a0}a", "a\nb", "a\u{1b}[2J"] {
            assert_eq!(code_of::<Label>(bad), Some(code::BAD_LABEL), "{bad:?}");
        }
        assert_eq!(code_of::<GrubCommands>("set a=b\n\techo x\n"), None);
        assert_eq!(code_of::<GrubCommands>("echo \u{1b}"), Some(code::BAD_GRUB_COMMANDS));
        assert_eq!(code_of::<GrubCommands>("echo\r\n"), Some(code::BAD_GRUB_COMMANDS));
    }
}
