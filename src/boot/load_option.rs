//! `EFI_LOAD_OPTION`, the value of a `Boot####` variable (UEFI specification, sections 3.1.3 and 10.3). No I/O.

/// `LOAD_OPTION_ACTIVE`.
const ACTIVE: u32 = 1;

/// A GPT partition, as a device path names it: the EFI system partition that a boot entry's loader lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// Its number in the table, from 1.
    pub number: u32,
    /// Its first block.
    pub start: u64,
    /// How many blocks it has.
    pub blocks: u64,
    /// Its own GUID, as in the table: the first three fields little-endian.
    pub guid: [u8; 16],
}

/// A boot entry that the firmware should have.
#[derive(Debug, Clone)]
pub struct BootEntry<'a> {
    /// What the firmware's menu shows.
    pub description: &'a str,
    /// The loader's path on the partition: `/EFI/systemd/systemd-bootx64.efi`.
    pub loader: &'a str,
    /// The partition.
    pub partition: Partition,
}

impl BootEntry<'_> {
    /// The value of a `Boot####` variable, an `EFI_LOAD_OPTION`.
    pub fn encode(&self) -> Vec<u8> {
        let file = utf16(&self.loader.replace('/', "\\"));
        let mut path = vec![4, 1, 42, 0];
        path.extend(self.partition.number.to_le_bytes());
        path.extend(self.partition.start.to_le_bytes());
        path.extend(self.partition.blocks.to_le_bytes());
        path.extend(self.partition.guid);
        path.extend([2, 2]);
        path.extend([4, 4]);
        path.extend(length(file.len() + 4));
        path.extend(file);
        path.extend([0x7f, 0xff, 4, 0]);
        let mut option = ACTIVE.to_le_bytes().to_vec();
        option.extend(length(path.len()));
        option.extend(utf16(self.description));
        option.extend(path);
        option
    }

    /// Whether `option`, the value of a `Boot####` variable, starts this loader from this partition. The partition is recognised
    /// by its GUID; everything else, such as the description, may differ.
    pub fn is_meant_by(&self, option: &[u8]) -> bool {
        let Some(path) = device_path(option) else { return false };
        let Some((disk, file)) = path.split_at_checked(42) else {
            return false;
        };
        let name = utf16(&self.loader.replace('/', "\\"));
        let same = |found: &[u8]| found.eq_ignore_ascii_case(&name);
        disk.starts_with(&[4, 1, 42, 0])
            && disk.get(24..40) == Some(self.partition.guid.as_slice())
            && file.starts_with(&[4, 4])
            && file.get(4..4 + name.len()).is_some_and(same)
    }
}

/// The device path of an `EFI_LOAD_OPTION`.
fn device_path(option: &[u8]) -> Option<&[u8]> {
    let size = usize::from(u16::from_le_bytes([*option.get(4)?, *option.get(5)?]));
    let description = option.get(6..)?;
    let end = description.chunks_exact(2).position(|unit| unit == [0, 0])? * 2 + 2;
    description.get(end..end + size)
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

fn length(bytes: usize) -> [u8; 2] {
    u16::try_from(bytes).unwrap_or(u16::MAX).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: BootEntry = BootEntry {
        description: "Linux Boot Manager",
        loader: "/EFI/systemd/systemd-bootx64.efi",
        partition: Partition {
            number: 2,
            start: 4096,
            blocks: 131_072,
            guid: [9; 16],
        },
    };

    #[test]
    fn an_entry_is_written_as_the_specification_says() {
        let option = ENTRY.encode();
        assert_eq!(&option[..4], [1, 0, 0, 0]);
        let path = device_path(&option).unwrap();
        assert_eq!(&path[..8], [4, 1, 42, 0, 2, 0, 0, 0]);
        assert_eq!(&path[8..24], [0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0]);
        assert_eq!(&path[24..42], [[9; 16].as_slice(), &[2, 2]].concat());
        let name: Vec<u8> = "\\EFI\\systemd\\systemd-bootx64.efi\0"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(&path[42..46], [4, 4, 70, 0]);
        assert_eq!(&path[46..112], name);
        assert_eq!(&path[112..], [0x7f, 0xff, 4, 0]);
    }
}
