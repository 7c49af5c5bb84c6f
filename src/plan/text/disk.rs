//! Strings of `disks`: the names of disks and partitions, and their types.

use super::path::check_absolute;
use super::{Mistake, has_control, string};
use crate::problem::code;
use crate::read::quoted;

/// The length of a partition's name in a GPT: 72 bytes of UTF-16 (UEFI, 5.3.3).
pub const GPT_NAME_UNITS: usize = 36;

string! {
    /// The name of a disk, a partition, a volume or a pool.
    DeviceName, "a name", check_name
}

fn check_name(text: &str) -> Result<(), Mistake> {
    let wrong = |message: String| Err(Mistake::new(code::BAD_DISK_NAME, message));
    if text.is_empty() {
        return wrong("the name is empty".to_owned());
    }
    if has_control(text) {
        return wrong(format!("{} holds a control character", quoted(text)));
    }
    Ok(())
}

string! {
    /// The name of a file.
    FileName, "the name of a file", |text| {
        check_name(text)?;
        if text.contains('/') || matches!(text, "." | "..") {
            let message = format!("{} is not the name of a file", quoted(text));
            return Err(Mistake::new(code::BAD_DISK_NAME, message).hint("leave out `/`"));
        }
        Ok(())
    }
}

string! {
    /// A partition's name in a GPT.
    PartitionName, "a name", |text| {
        check_name(text)?;
        let length = text.encode_utf16().count();
        if length > GPT_NAME_UNITS {
            let message = format!("the partition's name has {length} characters; a GPT takes {GPT_NAME_UNITS}");
            return Err(Mistake::new(code::LONG_LABEL, message).hint("choose a shorter one"));
        }
        Ok(())
    }
}

string! {
    /// The absolute path of a device.
    DevicePath like "^/", "an absolute path", |text| {
        if has_control(text) {
            return Err(Mistake::new(code::BAD_DEVICE, format!("{} holds a control character", quoted(text))));
        }
        check_absolute(text).map_err(|mistake| Mistake {
            code: code::BAD_DEVICE,
            hint: Some("write the disk's path, as `/dev/disk/by-id/...`".to_owned()),
            ..mistake
        })
    }
}

string! {
    /// A UUID in hexadecimal digits, as RFC 9562 writes it.
    Guid like "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$", "a UUID", |text| {
        if is_guid(text) {
            return Ok(());
        }
        let message = format!("{} is not a UUID", quoted(text));
        Err(Mistake::new(code::BAD_UUID, message).hint("write it as `809b3a2b-828a-4730-95e1-75b6343e415a`"))
    }
}

fn is_guid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    text.split('-').count() == lengths.len()
        && text
            .split('-')
            .zip(lengths)
            .all(|(part, length)| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

string! {
    /// The type of a partition in a GPT: sgdisk's four hexadecimal digits, or a UUID.
    PartitionType like "^([0-9A-Fa-f]{4}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$",
    "a type in a string", |text| {
        if text.len() == 4 && text.bytes().all(|b| b.is_ascii_hexdigit()) || is_guid(text) {
            return Ok(());
        }
        let message = format!("{} is not the type of a partition", quoted(text));
        let hint = "write sgdisk's code, as `\"EF00\"`, `\"EF02\"`, `\"8200\"` or `\"8300\"`, or a UUID";
        Err(Mistake::new(code::BAD_PARTITION_TYPE, message).hint(hint))
    }
}

string! {
    /// The type of a partition in a master boot record: a byte in hexadecimal digits, or a code of sgdisk that begins
    /// with it.
    MbrType like "^(0[xX])?[0-9A-Fa-f]{1,2}$|^[0-9A-Fa-f]{4}$", "a type in a string", |text| {
        if mbr_byte(text).is_some() {
            return Ok(());
        }
        let message = format!("{} is not the type of a partition", quoted(text));
        let hint = "write its byte, as `\"83\"`, `\"82\"`, `\"0c\"` or `\"ef\"`";
        Err(Mistake::new(code::BAD_PARTITION_TYPE, message).hint(hint))
    }
}

impl MbrType {
    /// The byte. It is never 0: that stands for an unused entry.
    pub fn byte(&self) -> u8 {
        mbr_byte(&self.0).unwrap_or(0x83)
    }
}

fn mbr_byte(text: &str) -> Option<u8> {
    let prefix = ["0x", "0X"].iter().find_map(|prefix| text.strip_prefix(prefix));
    let digits = match (prefix, text.len()) {
        (Some(digits), _) => digits,
        // sgdisk: "four-digit hexadecimal numbers in which the first two digits are those of the MBR code".
        (None, 4) if text.is_ascii() => &text[..2],
        (None, _) => text,
    };
    let is_hex = text.len() <= 4
        && digits.len() <= 2
        && text[text.len() - digits.len()..].bytes().all(|b| b.is_ascii_hexdigit());
    // 0 is an unused entry. The others are for extended partitions and for the protective record of a GPT.
    let is_own = |byte: u8| matches!(byte, 0 | 0x05 | 0x0f | 0x85 | 0xee);
    u8::from_str_radix(digits, 16)
        .ok()
        .filter(|byte| is_hex && !is_own(*byte))
}

string! {
    /// Shell commands of disko's.
    Script, "a string", |_| Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;

    fn code_of<T: Text>(text: &str) -> Option<crate::problem::Code> {
        T::parse(text, false).err().map(|mistake| mistake.code)
    }

    #[test]
    fn a_partition_in_a_gpt_has_a_code_or_a_uuid_for_a_type() {
        for good in ["EF00", "ef02", "8300", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"] {
            assert_eq!(code_of::<PartitionType>(good), None, "{good}");
        }
        for bad in [
            "",
            "83",
            "EF0",
            "EFI0",
            "esp",
            "c12a7328f81f11d2ba4b00a0c93ec93b",
            "0xEF00",
        ] {
            assert_eq!(code_of::<PartitionType>(bad), Some(code::BAD_PARTITION_TYPE), "{bad}");
        }
    }

    #[test]
    fn a_partition_in_a_master_boot_record_has_a_byte_for_a_type() {
        for (text, byte) in [
            ("83", 0x83),
            ("0x0c", 0x0c),
            ("c", 0x0c),
            ("8300", 0x83),
            ("EF00", 0xef),
            ("0XEF", 0xef),
        ] {
            assert_eq!(MbrType::parse(text, false).unwrap().byte(), byte, "{text}");
        }
        for bad in [
            "",
            "0",
            "00",
            "0000",
            "0x",
            "+c",
            "100",
            "83000",
            "Linux",
            "05",
            "EE00",
            "\u{e9}\u{e9}",
        ] {
            assert_eq!(code_of::<MbrType>(bad), Some(code::BAD_PARTITION_TYPE), "{bad}");
        }
    }

    #[test]
    fn a_name_in_a_gpt_has_36_units_of_utf_16() {
        assert_eq!(code_of::<PartitionName>(&"x".repeat(36)), None);
        assert_eq!(code_of::<PartitionName>(&"x".repeat(37)), Some(code::LONG_LABEL));
        assert_eq!(code_of::<PartitionName>(&"\u{1f4bf}".repeat(18)), None);
        assert_eq!(
            code_of::<PartitionName>(&"\u{1f4bf}".repeat(19)),
            Some(code::LONG_LABEL)
        );
        assert_eq!(code_of::<PartitionName>(""), Some(code::BAD_DISK_NAME));
        assert_eq!(code_of::<PartitionName>("a\nb"), Some(code::BAD_DISK_NAME));
    }

    #[test]
    fn an_image_is_called_as_a_file_can_be() {
        assert_eq!(code_of::<FileName>("web-1"), None);
        for bad in ["", "a/b", "..", "a\u{7}"] {
            assert_eq!(code_of::<FileName>(bad), Some(code::BAD_DISK_NAME), "{bad:?}");
        }
    }
}
