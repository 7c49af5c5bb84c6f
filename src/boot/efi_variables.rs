//! The firmware's boot entries: `Boot####` and `BootOrder` (UEFI specification, section 3), through efivarfs.
//!
//! A variable is a file of four bytes of attributes and then the value, written in one call. The kernel marks most of them
//! immutable, so that `rm -rf` does no harm; the mark is taken off for the moment of writing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustix::fs::IFlags;

use super::load_option::{BootEntry, Partition};
use prefix::Prefix;

/// Where the kernel shows the firmware's variables.
pub const DIRECTORY: &str = "/sys/firmware/efi/efivars";
/// `EFI_GLOBAL_VARIABLE`.
const VENDOR: &str = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
/// Non-volatile, and seen by the firmware and by the running system.
const ATTRIBUTES: u32 = 7;

/// Why the firmware's boot entries cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A variable cannot be read or written.
    #[error("cannot {operation} `{}`: {}", path.display(), tree::errno::io_text(source))]
    Io {
        /// What was attempted.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// All 65536 numbers of `Boot####` are taken.
    #[error("the firmware has no number left for a boot entry")]
    NoNumber,
}

/// A variable to write: one of those that the UEFI specification itself defines (vendor `EFI_GLOBAL_VARIABLE`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name: `BootOrder`.
    pub name: String,
    /// The value to write, without the attributes.
    pub value: Vec<u8>,
}

/// The firmware's variables.
#[derive(Debug, Clone, Copy)]
pub struct Firmware<'a> {
    /// Where they are: [`DIRECTORY`].
    pub directory: &'a Path,
}

impl Firmware<'_> {
    /// Whether this machine shows any firmware variables.
    pub fn exists(&self) -> bool {
        fs::read_dir(self.directory).is_ok_and(|mut entries| entries.next().is_some())
    }

    /// The variables to write, in this order, so that the firmware has `entries`. A new entry comes first in `BootOrder`. One
    /// that is there already keeps its position, and is written only if its value differs.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn add(&self, entries: &[BootEntry]) -> Result<Vec<Variable>, Error> {
        let mut known = self.options()?;
        let order = self.read("BootOrder")?.unwrap_or_default();
        let order: Vec<u16> = order
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        let mut variables = Vec::new();
        let mut first = Vec::new();
        for entry in entries {
            let wanted = entry.encode();
            let found = known.iter().position(|(_, option)| entry.is_meant_by(option));
            let number = match found {
                Some(at) => known[at].0,
                None => (0..=u16::MAX)
                    .find(|number| !known.iter().any(|(taken, _)| taken == number))
                    .ok_or(Error::NoNumber)?,
            };
            if !order.contains(&number) && !first.contains(&number) {
                first.push(number);
            }
            if found.is_some_and(|at| known[at].1 == wanted) {
                continue;
            }
            match found {
                Some(at) => known[at].1.clone_from(&wanted),
                None => known.push((number, wanted.clone())),
            }
            variables.push(Variable {
                name: format!("Boot{number:04X}"),
                value: wanted,
            });
        }
        if !first.is_empty() {
            first.extend(order);
            variables.push(Variable {
                name: "BootOrder".to_owned(),
                value: first.into_iter().flat_map(u16::to_le_bytes).collect(),
            });
        }
        Ok(variables)
    }

    /// The numbers and values of all `Boot####`, in no order.
    fn options(&self) -> Result<Vec<(u16, Vec<u8>)>, Error> {
        let fail = |source| Error::Io {
            operation: "read",
            path: self.directory.to_owned(),
            source,
        };
        let mut options = Vec::new();
        for entry in fs::read_dir(self.directory).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name();
            let Some(digits) = name
                .to_str()
                .and_then(|name| name.strip_suffix(VENDOR)?.strip_prefix("Boot"))
            else {
                continue;
            };
            let digits = digits.trim_end_matches('-');
            let Ok(number) = u16::from_str_radix(digits, 16) else {
                continue;
            };
            if digits.len() == 4
                && let Some(value) = self.read(&format!("Boot{digits}"))?
            {
                options.push((number, value));
            }
        }
        Ok(options)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}-{VENDOR}"))
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let path = self.path(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes.get(4..).unwrap_or_default().to_vec())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::Io {
                operation: "read",
                path,
                source,
            }),
        }
    }

    /// Writes a variable.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn write(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        let path = self.path(name);
        let fail = |source| Error::Io {
            operation: "write",
            path: path.clone(),
            source,
        };
        let marked = File::open(&path).ok().and_then(|file| {
            let flags = rustix::fs::ioctl_getflags(&file).ok()?;
            flags.contains(IFlags::IMMUTABLE).then_some((file, flags))
        });
        if let Some((file, flags)) = &marked {
            rustix::fs::ioctl_setflags(file, *flags - IFlags::IMMUTABLE).map_err(|errno| fail(errno.into()))?;
        }
        let result = write_whole(&path, value);
        if let Some((file, flags)) = &marked {
            // What counts is that the variable is written. Where the kernel refuses to set the mark again, no harm is done.
            let _ = rustix::fs::ioctl_setflags(file, *flags);
        }
        result.map_err(fail)
    }
}

/// Writes a variable's file.
fn write_whole(path: &Path, value: &[u8]) -> io::Result<()> {
    let mut bytes = ATTRIBUTES.to_le_bytes().to_vec();
    bytes.extend(value);
    let mut options = OpenOptions::new();
    // efivarfs takes one write as the whole value. On other file systems (tests) `truncate` removes the old value.
    options.write(true).create(true).truncate(true);
    let mut file = options.open(path)?;
    if file.write(&bytes)? == bytes.len() {
        Ok(())
    } else {
        Err(io::ErrorKind::WriteZero.into())
    }
}

/// The partition that the file system of `place`, an ESP, lies on. `None` where that is not a partition of a disk with a GPT, or
/// sysfs or the disk cannot be read.
pub fn partition(place: &Prefix) -> Option<Partition> {
    let device = place.device("/").ok()?;
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let folder = fs::canonicalize(format!("/sys/dev/block/{major}:{minor}")).ok()?;
    let number = |name: &str| -> Option<u64> { fs::read_to_string(folder.join(name)).ok()?.trim().parse().ok() };
    let index = u32::try_from(number("partition")?).ok()?;
    let disk = folder.parent()?;
    let block: u64 = fs::read_to_string(disk.join("queue/logical_block_size"))
        .ok()?
        .trim()
        .parse()
        .ok()?;
    // The kernel counts in sectors of 512 bytes whatever the disk does.
    let per_block = (block / 512).max(1);
    let uevent = fs::read_to_string(disk.join("uevent")).ok()?;
    let name = uevent.lines().find_map(|line| line.strip_prefix("DEVNAME="))?;
    let guid = guid(&Path::new("/dev").join(name), block, index)?;
    Some(Partition {
        number: index,
        start: number("start")? / per_block,
        blocks: number("size")? / per_block,
        guid,
    })
}

/// The GUID of partition `index` of the GPT of `disk`.
fn guid(disk: &Path, block: u64, index: u32) -> Option<[u8; 16]> {
    let file = File::open(disk).ok()?;
    let mut header = [0; 92];
    file.read_exact_at(&mut header, block).ok()?;
    if !header.starts_with(b"EFI PART") {
        return None;
    }
    let table = u64::from_le_bytes(header[72..80].try_into().ok()?);
    let entries = u32::from_le_bytes(header[80..84].try_into().ok()?);
    let size = u32::from_le_bytes(header[84..88].try_into().ok()?);
    if index == 0 || index > entries {
        return None;
    }
    let mut guid = [0; 16];
    let at = table
        .checked_mul(block)?
        .checked_add(u64::from(index - 1) * u64::from(size) + 16)?;
    file.read_exact_at(&mut guid, at).ok()?;
    Some(guid)
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

    fn carry_out(firmware: Firmware, variables: &[Variable]) {
        for Variable { name, value } in variables {
            firmware.write(name, value).unwrap();
        }
    }

    fn names(variables: &[Variable]) -> Vec<&str> {
        variables.iter().map(|variable| variable.name.as_str()).collect()
    }

    #[test]
    fn a_new_entry_comes_first_and_the_same_again_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let firmware = Firmware {
            directory: folder.path(),
        };
        firmware.write("Boot0000", b"\x01\0\0\0\0\0x\0\0\0").unwrap();
        firmware.write("BootOrder", &[0, 0, 7, 0]).unwrap();
        firmware.write("BootCurrent", &[0, 0]).unwrap();
        let variables = firmware.add(&[ENTRY]).unwrap();
        assert_eq!(names(&variables), ["Boot0001", "BootOrder"]);
        carry_out(firmware, &variables);
        assert_eq!(firmware.read("BootOrder").unwrap().unwrap(), [1, 0, 0, 0, 7, 0]);
        assert_eq!(firmware.add(&[ENTRY]).unwrap(), []);
    }

    #[test]
    fn a_partition_that_moved_keeps_its_entry_and_a_mirror_gets_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let firmware = Firmware {
            directory: folder.path(),
        };
        carry_out(firmware, &firmware.add(&[ENTRY]).unwrap());
        let mut moved = ENTRY;
        moved.partition.start = 1;
        let mut mirror = ENTRY;
        mirror.partition.guid = [8; 16];
        let variables = firmware.add(&[moved, mirror]).unwrap();
        assert_eq!(names(&variables), ["Boot0000", "Boot0001", "BootOrder"]);
        carry_out(firmware, &variables);
        assert_eq!(firmware.read("BootOrder").unwrap().unwrap(), [1, 0, 0, 0]);
    }

    #[test]
    fn broken_entries_of_others_are_left_aside() {
        let folder = tempfile::tempdir().unwrap();
        let firmware = Firmware {
            directory: folder.path(),
        };
        for (n, value) in [b"".as_slice(), b"\x01", b"\x01\0\0\0\xff\xff\0\0", b"\x01\0\0\0\x04\0a"]
            .iter()
            .enumerate()
        {
            firmware.write(&format!("Boot000{n}"), value).unwrap();
        }
        assert_eq!(names(&firmware.add(&[ENTRY]).unwrap()), ["Boot0004", "BootOrder"]);
        assert!(
            !Firmware {
                directory: Path::new("/does/not/exist")
            }
            .exists()
        );
    }
}
