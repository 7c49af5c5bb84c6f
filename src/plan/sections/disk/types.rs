//! The types of partitions in a GPT by sgdisk(8)'s codes, as gdisk 1.0.9 has them: those that a Linux machine uses.

use step::partition_type;

/// Each code with the UUID that it stands for, and what that is.
pub const TYPES: [(u16, u128, &str); 49] = [
    (0x0700, 0xEBD0A0A2_B9E5_4433_87C0_68B6B72699C7, "Microsoft basic data"),
    (0x0C01, 0xE3C9E316_0B5C_4DB8_817D_F92DF00215AE, "Microsoft reserved"),
    (0x2700, 0xDE94BBA4_06D1_4D40_A16A_BFD50179D6AC, "Windows RE"),
    (0x4100, 0x9E1A2D38_C612_4316_AA26_8B49521E5A8B, "PowerPC PReP boot"),
    (
        0x4200,
        0xAF9B60A0_1431_4F62_BC68_3311714A69AD,
        "Windows logical disk data",
    ),
    (0x7F00, 0xFE3A2A5D_4F32_41A7_B725_ACCC3285A309, "ChromeOS kernel"),
    (0x7F01, 0x3CB8E202_3B7E_47DD_8A3C_7FF2A13CFCEC, "ChromeOS root"),
    (0x7F02, 0x2E0A753D_9E48_43B0_8337_B15192CB1B5E, "ChromeOS reserved"),
    (0x7F03, 0xCAB6E88E_ABF3_4102_A07A_D4BB9BE3C1D3, "ChromeOS firmware"),
    (0x8200, partition_type::SWAP, "Linux swap"),
    (0x8300, 0x0FC63DAF_8483_4772_8E79_3D69D8477DE4, "Linux filesystem"),
    (0x8301, 0x8DA63339_0007_60C0_C436_083AC8230908, "Linux reserved"),
    (0x8302, 0x933AC7E1_2EB4_4F13_B844_0E14E2AEF915, "Linux /home"),
    (0x8303, 0x44479540_F297_41B2_9AF7_D131D5F0458A, "Linux x86 root (/)"),
    (0x8304, 0x4F68BCE3_E8CD_4DB1_96E7_FBCAF984B709, "Linux x86-64 root (/)"),
    (0x8305, 0xB921B045_1DF0_41C3_AF44_4C6F280D3FAE, "Linux ARM64 root (/)"),
    (0x8306, 0x3B8F8425_20E0_4F3B_907F_1A25A76F98E8, "Linux /srv"),
    (0x8307, 0x69DAD710_2CE4_4E3C_B16C_21A1D49ABED3, "Linux ARM32 root (/)"),
    (0x8308, 0x7FFEC5C9_2D00_49B7_8941_3EA10A5586B7, "Linux dm-crypt"),
    (0x8309, 0xCA7D7CCB_63ED_4C53_861C_1742536059CC, "Linux LUKS"),
    (0x830A, 0x993D8D3D_F80E_4225_855A_9DAF8ED7EA97, "Linux IA-64 root (/)"),
    (0x830B, 0xD13C5D3B_B5D1_422A_B29F_9454FDC89D76, "Linux x86 root verity"),
    (
        0x830C,
        0x2C7357ED_EBD2_46D9_AEC1_23D437EC2BF5,
        "Linux x86-64 root verity",
    ),
    (
        0x830D,
        0x7386CDF2_203C_47A9_A498_F2ECCE45A2D6,
        "Linux ARM32 root verity",
    ),
    (
        0x830E,
        0xDF3300CE_D69F_4C92_978C_9BFB0F38D820,
        "Linux ARM64 root verity",
    ),
    (
        0x830F,
        0x86ED10D5_B607_45BB_8957_D350F23D0571,
        "Linux IA-64 root verity",
    ),
    (0x8310, 0x4D21B016_B534_45C2_A9FB_5C16E091FD2D, "Linux /var"),
    (0x8311, 0x7EC6F557_3BC5_4ACA_B293_16EF5DF639D1, "Linux /var/tmp"),
    (0x8312, 0x773F91EF_66D4_49B5_BD83_D683BF40AD16, "Linux user's home"),
    (0x8313, 0x75250D76_8CC6_458E_BD66_BD47CC81A812, "Linux x86 /usr"),
    (0x8314, 0x8484680C_9521_48C6_9C11_B0720656F69E, "Linux x86-64 /usr"),
    (0x8315, 0x7D0359A3_02B3_4F0A_865C_654403E70625, "Linux ARM32 /usr"),
    (0x8316, 0xB0E01050_EE5F_4390_949A_9101B17104E9, "Linux ARM64 /usr"),
    (0x8317, 0x4301D2A6_4E3B_4B2A_BB94_9E0B2C4225EA, "Linux IA-64 /usr"),
    (0x8318, 0x8F461B0D_14EE_4E81_9AA9_049B6FB97ABD, "Linux x86 /usr verity"),
    (
        0x8319,
        0x77FF5F63_E7B6_4633_ACF4_1565B864C0E6,
        "Linux x86-64 /usr verity",
    ),
    (
        0x831A,
        0xC215D751_7BCD_4649_BE90_6627490A4C05,
        "Linux ARM32 /usr verity",
    ),
    (
        0x831B,
        0x6E11A4E7_FBCA_4DED_B9E9_E1A512BB664E,
        "Linux ARM64 /usr verity",
    ),
    (
        0x831C,
        0x6A491E03_3BE7_4545_8E38_83320E0EA880,
        "Linux IA-64 /usr verity",
    ),
    (0x8E00, 0xE6D6D379_F507_44C2_A23C_238F2A3DF928, "Linux LVM"),
    (0xA504, 0x516E7CBA_6ECF_11D6_8FF8_00022D09712B, "FreeBSD ZFS"),
    (0xB000, 0x3DE21764_95BD_54BD_A5C3_4ABE786F38A8, "U-Boot boot loader"),
    (0xBF00, 0x6A85CF4D_1DD2_11B2_99A6_080020736631, "Solaris root"),
    (0xBF01, 0x6A898CC3_1DD2_11B2_99A6_080020736631, "Solaris /usr & Mac ZFS"),
    (0xEA00, 0xBC13C2FF_59E6_4262_A352_B275FD6F7172, "XBOOTLDR partition"),
    (0xEF00, partition_type::EFI_SYSTEM, "EFI system partition"),
    (0xEF01, 0x024DEE41_33E7_11D3_9D69_0008C781F39F, "MBR partition scheme"),
    (0xEF02, partition_type::BIOS_BOOT, "BIOS boot partition"),
    (0xFD00, 0xA19D880F_05FC_4D3B_A006_743F0F84911E, "Linux RAID"),
];

/// The UUID of a type that a plan writes as a code or as a UUID. `None` for an unknown code, and for the UUID of an
/// unused entry.
pub fn guid(kind: &str) -> Option<u128> {
    if kind.len() == 4 {
        let code = u16::from_str_radix(kind, 16).ok()?;
        let known = TYPES.iter().find(|(known, ..)| *known == code);
        return known.map(|(_, guid, _)| *guid);
    }
    // A filled plan's UUIDs have been looked at; here only the digits count.
    let mut digits = String::new();
    digits.extend(kind.split('-'));
    let is_hex = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    u128::from_str_radix(&digits, 16)
        .ok()
        .filter(|guid| is_hex && *guid != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_a_uuid() {
        assert_eq!(guid("EF00"), Some(0xC12A_7328_F81F_11D2_BA4B_00A0_C93E_C93B));
        assert_eq!(guid("ef02"), Some(0x2168_6148_6449_6E6F_744E_6565_6445_4649));
        assert_eq!(guid("8300"), guid("0fc63daf-8483-4772-8e79-3d69d8477de4"));
        for unknown in [
            "",
            "83",
            "1234",
            "+123",
            "00000000-0000-0000-0000-000000000000",
            "0fc63daf",
        ] {
            assert_eq!(guid(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn every_code_and_every_uuid_is_there_once() {
        for (n, (code, guid, _)) in TYPES.iter().enumerate() {
            assert!(TYPES[..n].iter().all(|(c, g, _)| c < code && g != guid), "{code:04X}");
        }
    }
}
