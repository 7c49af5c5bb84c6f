//! What a partition is for: the codes of sgdisk(8), which plans name, and the GUIDs that lie in the table.
//!
//! Sources: gdisk's `parttypes.cc` for the codes, the Discoverable Partitions Specification and the UEFI specification for
//! the GUIDs.

use uuid::Uuid;

/// Codes, the GUIDs that they stand for, and what they are.
const CODES: [(u16, u128, &str); 35] = [
    (0x0700, 0xEBD0A0A2_B9E5_4433_87C0_68B6B72699C7, "Microsoft basic data"),
    (0x0C01, 0xE3C9E316_0B5C_4DB8_817D_F92DF00215AE, "Microsoft reserved"),
    (0x2700, 0xDE94BBA4_06D1_4D40_A16A_BFD50179D6AC, "Windows recovery"),
    (
        0x4200,
        0xAF9B60A0_1431_4F62_BC68_3311714A69AD,
        "Windows logical disk data",
    ),
    (0x7F00, 0xFE3A2A5D_4F32_41A7_B725_ACCC3285A309, "ChromeOS kernel"),
    (0x8200, 0x0657FD6D_A4AB_43C4_84E5_0933C84B4F4F, "Linux swap"),
    (0x8300, 0x0FC63DAF_8483_4772_8E79_3D69D8477DE4, "Linux file system"),
    (0x8301, 0x8DA63339_0007_60C0_C436_083AC8230908, "Linux reserved"),
    (0x8302, 0x933AC7E1_2EB4_4F13_B844_0E14E2AEF915, "Linux /home"),
    (0x8303, 0x44479540_F297_41B2_9AF7_D131D5F0458A, "Linux root (x86)"),
    (0x8304, 0x4F68BCE3_E8CD_4DB1_96E7_FBCAF984B709, "Linux root (x86-64)"),
    (0x8305, 0xB921B045_1DF0_41C3_AF44_4C6F280D3FAE, "Linux root (ARM64)"),
    (0x8306, 0x3B8F8425_20E0_4F3B_907F_1A25A76F98E8, "Linux /srv"),
    (0x8307, 0x69DAD710_2CE4_4E3C_B16C_21A1D49ABED3, "Linux root (ARM32)"),
    (0x8308, 0x7FFEC5C9_2D00_49B7_8941_3EA10A5586B7, "Linux dm-crypt"),
    (0x8309, 0xCA7D7CCB_63ED_4C53_861C_1742536059CC, "Linux LUKS"),
    (0x830A, 0x993D8D3D_F80E_4225_855A_9DAF8ED7EA97, "Linux root (IA-64)"),
    (
        0x830B,
        0xD13C5D3B_B5D1_422A_B29F_9454FDC89D76,
        "Linux root verity (x86)",
    ),
    (
        0x830C,
        0x2C7357ED_EBD2_46D9_AEC1_23D437EC2BF5,
        "Linux root verity (x86-64)",
    ),
    (
        0x830D,
        0x7386CDF2_203C_47A9_A498_F2ECCE45A2D6,
        "Linux root verity (ARM32)",
    ),
    (
        0x830E,
        0xDF3300CE_D69F_4C92_978C_9BFB0F38D820,
        "Linux root verity (ARM64)",
    ),
    (0x8310, 0x4D21B016_B534_45C2_A9FB_5C16E091FD2D, "Linux /var"),
    (0x8311, 0x7EC6F557_3BC5_4ACA_B293_16EF5DF639D1, "Linux /var/tmp"),
    (0x8312, 0x773F91EF_66D4_49B5_BD83_D683BF40AD16, "Linux user's home"),
    (0x8313, 0x75250D76_8CC6_458E_BD66_BD47CC81A812, "Linux /usr (x86)"),
    (0x8314, 0x8484680C_9521_48C6_9C11_B0720656F69E, "Linux /usr (x86-64)"),
    (0x8315, 0x7D0359A3_02B3_4F0A_865C_654403E70625, "Linux /usr (ARM32)"),
    (0x8316, 0xB0E01050_EE5F_4390_949A_9101B17104E9, "Linux /usr (ARM64)"),
    (0x8E00, 0xE6D6D379_F507_44C2_A23C_238F2A3DF928, "Linux LVM"),
    (0xB000, 0x3DE21764_95BD_54BD_A5C3_4ABE786F38A8, "U-Boot boot loader"),
    (0xBF01, 0x6A898CC3_1DD2_11B2_99A6_080020736631, "ZFS (Solaris /usr)"),
    (0xEA00, 0xBC13C2FF_59E6_4262_A352_B275FD6F7172, "XBOOTLDR"),
    (0xEF00, 0xC12A7328_F81F_11D2_BA4B_00A0C93EC93B, "EFI system partition"),
    (0xEF02, 0x21686148_6449_6E6F_744E_656564454649, "BIOS boot partition"),
    (0xFD00, 0xA19D880F_05FC_4D3B_A006_743F0F84911E, "Linux RAID"),
];

/// The GUID that a GPT needs for `text`: a code of sgdisk(8) in any case, such as `EF00`, or a GUID.
pub fn gpt(text: &str) -> Option<Uuid> {
    match text.len() {
        4 => {
            let code = code(text)?;
            let found = CODES.iter().find(|(known, ..)| *known == code)?;
            Some(Uuid::from_u128(found.1))
        }
        36 => Uuid::try_parse(text).ok().filter(|uuid| !uuid.is_nil()),
        _ => None,
    }
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
    let found = CODES.iter().find(|(_, guid, _)| *guid == kind.as_u128());
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
    fn every_code_and_every_guid_is_there_once() {
        for (index, (code, guid, _)) in CODES.iter().enumerate() {
            assert!(
                CODES[..index].iter().all(|(c, g, _)| c < code && g != guid),
                "{code:04X}"
            );
        }
    }

    #[test]
    fn a_type_is_a_code_or_a_guid() {
        let linux = "0fc63daf-8483-4772-8e79-3d69d8477de4";
        assert_eq!(gpt("8300"), gpt(linux));
        assert_eq!(describe(gpt(linux).unwrap()), Some("Linux file system"));
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
