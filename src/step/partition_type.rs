//! Types of partitions in a GPT that both a plan and a boot loader know: UUIDs, the most significant byte first.

/// Holds GRUB's core image for BIOS (`EF02` of sgdisk).
pub const BIOS_BOOT: u128 = 0x2168_6148_6449_6E6F_744E_6565_6445_4649;
/// Where firmware looks for its boot loader (`EF00`; UEFI specification, 5.3.3).
pub const EFI_SYSTEM: u128 = 0xC12A_7328_F81F_11D2_BA4B_00A0_C93E_C93B;
/// Swap (`8200`).
pub const SWAP: u128 = 0x0657_FD6D_A4AB_43C4_84E5_0933_C84B_4F4F;

/// The UUID as it lies in a partition table: its first three fields in little-endian order (UEFI specification, appendix A).
pub const fn on_disk(uuid: u128) -> [u8; 16] {
    let b = uuid.to_be_bytes();
    [
        b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_lies_in_the_table_as_the_specification_says() {
        assert_eq!(&on_disk(BIOS_BOOT), b"Hah!IdontNeedEFI");
        assert_eq!(
            on_disk(EFI_SYSTEM)[..8],
            [0x28, 0x73, 0x2A, 0xC1, 0x1F, 0xF8, 0xD2, 0x11]
        );
        assert_eq!(
            on_disk(EFI_SYSTEM)[8..],
            [0xBA, 0x4B, 0x00, 0xA0, 0xC9, 0x3E, 0xC9, 0x3B]
        );
    }
}
