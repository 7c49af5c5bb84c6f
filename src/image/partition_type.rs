//! The types of partitions in a GPT: from the names that plans have to GUIDs, and from GUIDs to words for people.

use uuid::Uuid;

use plan::sections::disk::types;

/// The GUID for `text`, which is a GUID itself or a code of sgdisk(8) in any case, such as `EF00`.
pub fn gpt(text: &str) -> Option<Uuid> {
    types::guid(text).map(Uuid::from_u128)
}

/// The type in words, where it is a known one.
pub fn describe(kind: Uuid) -> Option<&'static str> {
    let found = types::TYPES.iter().find(|(_, guid, _)| *guid == kind.as_u128());
    found.map(|(.., description)| *description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use boot::disk::{BIOS_BOOT, EFI_SYSTEM};

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
            "linux",
            "00000000-0000-0000-0000-000000000000",
            "0fc63daf",
        ] {
            assert_eq!(gpt(text), None, "{text}");
        }
    }

    #[test]
    fn every_description_is_found_by_its_guid() {
        for (code, _, description) in types::TYPES {
            let guid = gpt(&format!("{code:04X}")).unwrap();
            assert_eq!(describe(guid), Some(description), "{code:04X}");
        }
        assert_eq!(describe(Uuid::from_u128(1)), None);
    }
}
