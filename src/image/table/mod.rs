//! Writes a partition table onto a new image, which is all zeroes outside of its partitions.

mod gpt;
mod msdos;

use std::fs::File;
use std::path::Path;

use super::layout::{Disk, Layout, SECTOR, TableKind};
use tree::FileError;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The image cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A name that no GPT can hold.
    #[error(
        "the name `{name}` of a partition has {length} characters, and a GPT holds {}",
        gpt::NAME_LENGTH
    )]
    Name {
        /// The name.
        name: String,
        /// In UTF-16 units.
        length: usize,
    },
}

/// Writes the table of `disk`, laid out as `layout` says, onto the image at `path`, which has the layout's size or gets it.
///
/// # Errors
/// See [`Error`].
pub fn write(path: &Path, disk: &Disk, layout: &Layout) -> Result<(), Error> {
    let failed = |error| FileError::at("write the partition table of", path)(error);
    let file = File::options().read(true).write(true).open(path).map_err(failed)?;
    file.set_len(layout.sectors * SECTOR).map_err(failed)?;
    match disk.table {
        TableKind::Gpt => {
            gpt::check(disk)?;
            gpt::write(file, disk, layout).map_err(failed)?;
        }
        TableKind::Msdos => msdos::write(&file, disk, layout).map_err(failed)?,
    }
    Ok(())
}
