//! Values of the firmware's `Boot####` variables, which any program or firmware may have written.

use boot::load_option::{BootEntry, Partition};

/// No value makes the reader panic. An entry knows what it wrote itself, whatever its texts are; what it takes for its own
/// holds its partition's GUID and its loader's name.
pub fn run(data: &[u8]) {
    let [option, description, loader] = super::parts(data);
    let (description, loader) = (String::from_utf8_lossy(description), String::from_utf8_lossy(loader));
    // Both end at a NUL, which no plan can hold.
    let (description, loader) = (description.replace('\0', ""), loader.replace('\0', ""));
    let loader = if loader.is_empty() {
        "/EFI/systemd/systemd-bootx64.efi"
    } else {
        &loader
    };
    let partition = Partition {
        number: 1,
        start: 2048,
        blocks: 4096,
        guid: *b"0123456789abcdef",
    };
    let entry = BootEntry {
        description: &description,
        loader,
        partition,
    };
    if entry.is_meant_by(option) {
        assert!(option.windows(16).any(|window| window == partition.guid));
    }
    // A length in it has 16 bits.
    if description.len() + loader.len() < 10_000 {
        assert!(entry.is_meant_by(&entry.encode()), "{description:?} {loader:?}");
    }
}
