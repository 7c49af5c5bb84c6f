//! GRUB's two images for BIOS, `boot.img` and `core.img`, and the fields in them that are filled in for a disk.

use super::Error;
use crate::disk::u16_at;

/// The size of the code in a boot sector, in bytes: behind it come the disk's signature and the partition table.
pub(super) const CODE: usize = 440;
/// Where a boot sector may describe a FAT file system (the BIOS parameter block). GRUB's code jumps over it.
const PARAMETERS: std::ops::Range<usize> = 3..0x5A;
/// In `boot.img`: the first sector of the core image, 64 bits.
pub(super) const KERNEL_SECTOR: usize = 0x5C;
/// In `boot.img`: the drive to load it from; 0xFF stands for the one that the BIOS booted.
const BOOT_DRIVE: usize = 0x64;
/// In `boot.img`: a jump past a workaround for BIOSes that name the wrong drive. Hard disks need the workaround.
const DRIVE_CHECK: usize = 0x66;
/// In the first sector of the core image: the list of where the rest lies, from its end downwards. Each entry is a first
/// sector (64 bits), a number of sectors (16 bits) and the segment that they are loaded to (16 bits); 0 sectors end it.
pub(super) const BLOCK_LIST: usize = 512 - 12;
/// GRUB's two images, as `grub-mkimage` and the package made them.
#[derive(Debug)]
pub struct Images {
    boot: Vec<u8>,
    core: Vec<u8>,
}

impl Images {
    /// Takes the contents of `boot.img` and `core.img`; the paths are for messages.
    ///
    /// # Errors
    /// Where one of them is no such image.
    pub fn new(boot: (Vec<u8>, &str), core: (Vec<u8>, &str)) -> Result<Self, Error> {
        let wrong = |path: &str, what| {
            Err(Error::Image {
                path: path.into(),
                what,
            })
        };
        let (boot, boot_path) = boot;
        let (mut core, core_path) = core;
        let has_jump = matches!(boot.get(DRIVE_CHECK..DRIVE_CHECK + 2), Some([0xEB, _]));
        if boot.len() != 512 || !boot.ends_with(&[0x55, 0xAA]) || !has_jump {
            return wrong(boot_path, "boot sector");
        }
        // The image has more than its first sector, and that names the segment for the rest.
        if core.len() <= 512 || core.len() > 1 << 24 || u16_at(&core, BLOCK_LIST + 10) == 0 {
            return wrong(core_path, "core image");
        }
        core.resize(core.len().next_multiple_of(512), 0);
        Ok(Self { boot, core })
    }

    pub(super) fn sectors(&self) -> u64 {
        self.core.len() as u64 / 512
    }

    /// The core image as it has to be written if it starts at sector `at`.
    pub(super) fn core_at(&self, at: u64) -> Vec<u8> {
        let mut core = self.core.clone();
        core[BLOCK_LIST..BLOCK_LIST + 8].copy_from_slice(&(at + 1).to_le_bytes());
        let rest = u16::try_from(self.sectors() - 1).unwrap_or(u16::MAX);
        core[BLOCK_LIST + 8..BLOCK_LIST + 10].copy_from_slice(&rest.to_le_bytes());
        core
    }

    /// The code of the boot sector that loads the core image from sector `at`, to replace that in `sector`.
    pub(super) fn boot_for(&self, at: u64, sector: &[u8]) -> Vec<u8> {
        let mut boot = self.boot[..CODE].to_vec();
        boot[KERNEL_SECTOR..KERNEL_SECTOR + 8].copy_from_slice(&at.to_le_bytes());
        boot[BOOT_DRIVE] = 0xFF;
        boot[DRIVE_CHECK..DRIVE_CHECK + 2].copy_from_slice(&[0x90, 0x90]);
        boot[PARAMETERS].copy_from_slice(&sector[PARAMETERS]);
        boot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(length: usize) -> Result<Images, Error> {
        let mut boot = vec![b'b'; 512];
        boot[DRIVE_CHECK..DRIVE_CHECK + 2].copy_from_slice(&[0xEB, 5]);
        boot[510..].copy_from_slice(&[0x55, 0xAA]);
        let mut core = vec![b'c'; length];
        core[BLOCK_LIST..512].copy_from_slice(&[2, 0, 0, 0, 0, 0, 0, 0, 9, 9, 0x20, 8]);
        Images::new((boot, "boot.img"), (core, "core.img"))
    }

    #[test]
    fn the_boot_sector_leads_to_the_core_image_and_keeps_the_parameters() {
        let boot = images(1000).unwrap().boot_for(0x0102_0304_0506, &[b'o'; 512]);
        assert_eq!(boot.len(), 440);
        assert_eq!(boot[..3], *b"bbb");
        assert!(boot[3..0x5A].iter().all(|byte| *byte == b'o'));
        assert_eq!(boot[0x5C..0x68], [6, 5, 4, 3, 2, 1, 0, 0, 0xFF, b'b', 0x90, 0x90]);
    }

    #[test]
    fn the_core_image_is_told_where_its_rest_lies() {
        let images = images(1030).unwrap();
        let core = images.core_at(2048);
        assert_eq!(core.len(), 1536);
        assert_eq!(core[500..512], [1, 8, 0, 0, 0, 0, 0, 0, 2, 0, 0x20, 8]);
        assert_eq!(core[1030..], [0; 506]);
    }

    #[test]
    fn a_core_image_of_one_sector_has_no_rest() {
        assert!(matches!(images(512), Err(Error::Image { what: "core image", .. })));
    }
}
