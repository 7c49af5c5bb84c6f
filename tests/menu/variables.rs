//! Firmware variables as files of efivarfs, which the kernel marks as immutable against slips.

use std::fs::{self, File};

use boot::efi_variables::Firmware;
use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};

#[test]
fn a_variable_that_was_immutable_is_so_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path();
    let firmware = Firmware { directory };
    firmware.write("Boot0000", b"old").unwrap();
    let path = fs::read_dir(directory).unwrap().next().unwrap().unwrap().path();
    let file = File::open(&path).unwrap();
    let Ok(flags) = ioctl_getflags(&file) else {
        skipped!("this file system has no such marks");
        return;
    };
    if ioctl_setflags(&file, flags | IFlags::IMMUTABLE).is_err() {
        skipped!("only root may mark a file");
        return;
    }
    let written = firmware.write("Boot0000", b"new");
    let after = ioctl_getflags(&file).unwrap();
    ioctl_setflags(&file, flags).unwrap();
    written.unwrap();
    assert!(after.contains(IFlags::IMMUTABLE), "{after:?}");
    // Behind four bytes of attributes.
    assert_eq!(fs::read(&path).unwrap()[4..], *b"new");
}
