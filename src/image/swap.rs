//! Makes swap space, as mkswap(8) does: it is a page with a signature. Source: the kernel's `include/linux/swap.h`.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use uuid::Uuid;

use super::bytes::Bytes;
use super::file_system::{self, Filled, Filler};
use tree::FileError;

/// The page of every machine that is supported, in bytes. A kernel with larger ones takes no swap space of this size.
const PAGE: u64 = 4096;
/// mkswap(8) refuses fewer pages.
const LEAST_PAGES: u64 = 10;
const LABEL_LENGTH: usize = 16;
/// Where the version lies; what is before it is left to boot sectors and disk labels.
const VERSION: usize = 1024;

/// How to make swap space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    uuid: Uuid,
    label: String,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The image cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// An argument of mkswap that is not among those that are understood.
    #[error("cannot take `{0}` for swap: its arguments are `-L LABEL`, of at most {LABEL_LENGTH} bytes, and `-U UUID`")]
    Argument(String),
    /// Less than swap space has.
    #[error("swap has {}, and needs {} at least", Bytes(*size), Bytes(LEAST_PAGES * PAGE))]
    TooSmall {
        /// In bytes.
        size: u64,
    },
}

impl Options {
    /// The options of the plan's `arguments` for mkswap. The UUID is `uuid` unless they name one.
    ///
    /// # Errors
    /// [`Error::Argument`].
    pub fn new(arguments: &[String], uuid: Uuid) -> Result<Self, Error> {
        let mut options = Self {
            uuid,
            label: String::new(),
        };
        let mut given = arguments.iter();
        while let Some(argument) = given.next() {
            let (option, value) = match argument.split_once('=') {
                Some(parts) if argument.starts_with("--") => parts,
                _ if argument.starts_with("--") => (argument.as_str(), ""),
                _ => argument.split_at_checked(2).unwrap_or((argument, "")),
            };
            let value = match value {
                "" => given.next().map_or("", String::as_str),
                value => value,
            };
            let refused = || Error::Argument(format!("{option} {value}").trim_end().to_owned());
            match option {
                "-L" | "--label" if (1..=LABEL_LENGTH).contains(&value.len()) => value.clone_into(&mut options.label),
                "-U" | "--uuid" => options.uuid = Uuid::try_parse(value).map_err(|_| refused())?,
                _ => return Err(refused()),
            }
        }
        Ok(options)
    }

    /// Makes swap space of `size` bytes from byte `offset` of the file `image`.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn make(&self, image: &Path, (offset, size): (u64, u64)) -> Result<(), Error> {
        let pages = size / PAGE;
        if pages < LEAST_PAGES {
            return Err(Error::TooSmall { size });
        }
        let mut page = vec![0; 4096];
        let mut put = |at: usize, bytes: &[u8]| page[at..at + bytes.len()].copy_from_slice(bytes);
        put(VERSION, &1_u32.to_le_bytes());
        // The kernel counts in 32 bits, and uses no more than that.
        put(VERSION + 4, &u32::try_from(pages - 1).unwrap_or(u32::MAX).to_le_bytes());
        put(VERSION + 12, self.uuid.as_bytes());
        put(VERSION + 28, self.label.as_bytes());
        put(4096 - 10, b"SWAPSPACE2");
        let write = || File::options().write(true).open(image)?.write_all_at(&page, offset);
        Ok(write().map_err(FileError::at("write swap space to", image))?)
    }
}

impl Filler for Options {
    fn needed(&self, _free: u64) -> Result<u64, file_system::Error> {
        // It takes what there is.
        Ok(0)
    }

    fn write(&self, image: &Path, offset: u64, size: u64) -> Result<Filled, file_system::Error> {
        self.make(image, (offset, size)).map_err(file_system::Error::new)?;
        Ok(Filled {
            uuid: self.uuid.to_string(),
            free: None,
        })
    }
}
