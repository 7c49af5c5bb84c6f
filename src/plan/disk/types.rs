//! The types of partitions in a GPT, by sgdisk(8)'s codes: those that a Linux machine has, as gdisk 1.0.9 writes them.

/// Each code with its UUID.
const TYPES: [(&str, &str); 47] = [
    // Microsoft basic data.
    ("0700", "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"),
    // Microsoft reserved.
    ("0C01", "e3c9e316-0b5c-4db8-817d-f92df00215ae"),
    // Windows RE.
    ("2700", "de94bba4-06d1-4d40-a16a-bfd50179d6ac"),
    // PowerPC PReP boot.
    ("4100", "9e1a2d38-c612-4316-aa26-8b49521e5a8b"),
    // ChromeOS kernel.
    ("7F00", "fe3a2a5d-4f32-41a7-b725-accc3285a309"),
    // ChromeOS root.
    ("7F01", "3cb8e202-3b7e-47dd-8a3c-7ff2a13cfcec"),
    // ChromeOS reserved.
    ("7F02", "2e0a753d-9e48-43b0-8337-b15192cb1b5e"),
    // ChromeOS firmware.
    ("7F03", "cab6e88e-abf3-4102-a07a-d4bb9be3c1d3"),
    // Linux swap.
    ("8200", "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f"),
    // Linux filesystem.
    ("8300", "0fc63daf-8483-4772-8e79-3d69d8477de4"),
    // Linux reserved.
    ("8301", "8da63339-0007-60c0-c436-083ac8230908"),
    // Linux /home.
    ("8302", "933ac7e1-2eb4-4f13-b844-0e14e2aef915"),
    // Linux x86 root (/).
    ("8303", "44479540-f297-41b2-9af7-d131d5f0458a"),
    // Linux x86-64 root (/).
    ("8304", "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"),
    // Linux ARM64 root (/).
    ("8305", "b921b045-1df0-41c3-af44-4c6f280d3fae"),
    // Linux /srv.
    ("8306", "3b8f8425-20e0-4f3b-907f-1a25a76f98e8"),
    // Linux ARM32 root (/).
    ("8307", "69dad710-2ce4-4e3c-b16c-21a1d49abed3"),
    // Linux dm-crypt.
    ("8308", "7ffec5c9-2d00-49b7-8941-3ea10a5586b7"),
    // Linux LUKS.
    ("8309", "ca7d7ccb-63ed-4c53-861c-1742536059cc"),
    // Linux IA-64 root (/).
    ("830A", "993d8d3d-f80e-4225-855a-9daf8ed7ea97"),
    // Linux x86 root verity.
    ("830B", "d13c5d3b-b5d1-422a-b29f-9454fdc89d76"),
    // Linux x86-64 root verity.
    ("830C", "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5"),
    // Linux ARM32 root verity.
    ("830D", "7386cdf2-203c-47a9-a498-f2ecce45a2d6"),
    // Linux ARM64 root verity.
    ("830E", "df3300ce-d69f-4c92-978c-9bfb0f38d820"),
    // Linux IA-64 root verity.
    ("830F", "86ed10d5-b607-45bb-8957-d350f23d0571"),
    // Linux /var.
    ("8310", "4d21b016-b534-45c2-a9fb-5c16e091fd2d"),
    // Linux /var/tmp.
    ("8311", "7ec6f557-3bc5-4aca-b293-16ef5df639d1"),
    // Linux user's home.
    ("8312", "773f91ef-66d4-49b5-bd83-d683bf40ad16"),
    // Linux x86 /usr.
    ("8313", "75250d76-8cc6-458e-bd66-bd47cc81a812"),
    // Linux x86-64 /usr.
    ("8314", "8484680c-9521-48c6-9c11-b0720656f69e"),
    // Linux ARM32 /usr.
    ("8315", "7d0359a3-02b3-4f0a-865c-654403e70625"),
    // Linux ARM64 /usr.
    ("8316", "b0e01050-ee5f-4390-949a-9101b17104e9"),
    // Linux IA-64 /usr.
    ("8317", "4301d2a6-4e3b-4b2a-bb94-9e0b2c4225ea"),
    // Linux x86 /usr verity.
    ("8318", "8f461b0d-14ee-4e81-9aa9-049b6fb97abd"),
    // Linux x86-64 /usr verity.
    ("8319", "77ff5f63-e7b6-4633-acf4-1565b864c0e6"),
    // Linux ARM32 /usr verity.
    ("831A", "c215d751-7bcd-4649-be90-6627490a4c05"),
    // Linux ARM64 /usr verity.
    ("831B", "6e11a4e7-fbca-4ded-b9e9-e1a512bb664e"),
    // Linux IA-64 /usr verity.
    ("831C", "6a491e03-3be7-4545-8e38-83320e0ea880"),
    // Linux LVM.
    ("8E00", "e6d6d379-f507-44c2-a23c-238f2a3df928"),
    // FreeBSD ZFS.
    ("A504", "516e7cba-6ecf-11d6-8ff8-00022d09712b"),
    // Solaris root.
    ("BF00", "6a85cf4d-1dd2-11b2-99a6-080020736631"),
    // Solaris /usr & Mac ZFS.
    ("BF01", "6a898cc3-1dd2-11b2-99a6-080020736631"),
    // XBOOTLDR partition.
    ("EA00", "bc13c2ff-59e6-4262-a352-b275fd6f7172"),
    // EFI system partition.
    ("EF00", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"),
    // MBR partition scheme.
    ("EF01", "024dee41-33e7-11d3-9d69-0008c781f39f"),
    // BIOS boot partition.
    ("EF02", "21686148-6449-6e6f-744e-656564454649"),
    // Linux RAID.
    ("FD00", "a19d880f-05fc-4d3b-a006-743f0f84911e"),
];

/// The UUID of a type that a plan has as a code or as a UUID;  for a code that is none of the table.
pub fn guid(kind: &str) -> Option<&str> {
    if kind.len() > 4 {
        return Some(kind);
    }
    let known = TYPES.iter().find(|(code, _)| code.eq_ignore_ascii_case(kind));
    known.map(|(_, guid)| *guid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_a_uuid() {
        assert_eq!(guid("EF00"), Some("c12a7328-f81f-11d2-ba4b-00a0c93ec93b"));
        assert_eq!(guid("ef02"), Some("21686148-6449-6e6f-744e-656564454649"));
        assert_eq!(guid("8200"), Some("0657fd6d-a4ab-43c4-84e5-0933c84b4f4f"));
        assert_eq!(guid("8300"), Some("0fc63daf-8483-4772-8e79-3d69d8477de4"));
        let own = "809b3a2b-828a-4730-95e1-75b6343e415a";
        assert_eq!(guid(own), Some(own));
        assert_eq!(guid("1234"), None);
        assert!(TYPES.is_sorted_by(|a, b| a.0 < b.0));
    }
}
