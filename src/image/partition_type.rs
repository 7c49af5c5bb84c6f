//! What a partition is for: the types that plans name, and what lies in the table.

use uuid::Uuid;

use crate::plan::disk::types;

/// The GUID that a GPT needs for `text`: a code of sgdisk(8) in any case, such as `EF00`, or a GUID.
pub fn gpt(text: &str) -> Option<Uuid> {
    types::guid(text).map(Uuid::from_u128)
}

/// The type in an MBR for `text`: two hexadecimal digits, or a code of sgdisk(8) that is one with two more digits, such as
/// `8300`.
pub fn msdos(text: &str) -> Option<u8> {
    let kind = match text.len() {
        2 => u8::try_from(code(text)?).ok()?,
        4 if text.ends_with("00") => u8::try_from(code(text)? >> 8).ok()?,
        _ => return None,
    };
    // Nothing, and what only the table itself may use.
    (!matches!(kind, 0 | 0x05 | 0x0F | 0x85 | 0xEE)).then_some(kind)
}

/// What a partition with this type is, where this program knows it.
pub fn describe(kind: Uuid) -> Option<&'static str> {
    let found = types::TYPES.iter().find(|(_, guid, _)| *guid == kind.as_u128());
    found.map(|(.., description)| *description)
}

fn code(text: &str) -> Option<u16> {
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot::disk::{BIOS_BOOT, EFI_SYSTEM};

    #[test]
    fn what_pre_boot_looks_for_is_what_the_codes_stand_for() {
        assert_eq!(gpt("EF02").unwrap().to_bytes_le(), BIOS_BOOT);
        assert_eq!(gpt("ef00").unwrap().to_bytes_le(), EFI_SYSTEM);
    }

    #[test]
    fn a_type_is_a_code_or_a_guid() {
        let linux = "0fc63daf-8483-4772-8e79-3d69d8477de4";
        assert_eq!(gpt("8300"), gpt(linux));
        assert_eq!(describe(gpt(linux).unwrap()), Some("Linux filesystem"));
        for text in [
            "",
            "83",
            "1234",
            "+123",
            "linux",
            "00000000-0000-0000-0000-000000000000",
            "0fc63daf",
        ] {
            assert_eq!(gpt(text), None, "{text}");
        }
        assert_eq!(
            ["83", "8300", "ef00", "0c"].map(msdos),
            [0x83, 0x83, 0xEF, 0x0C].map(Some)
        );
        for text in ["", "00", "05", "EE", "EF02", linux] {
            assert_eq!(msdos(text), None, "{text}");
        }
    }
}
