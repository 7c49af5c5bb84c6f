//! The file that a disk is made in. It gets its partition table twice: with room to spare at first, and again when the size of all
//! contents is known.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::disks::{Held, PlannedDisk};
use super::layout::{self, Layout, SECTOR};
use super::table;
use tree::FileError;

/// Boot sectors begin with code that is not the partition table's: as many bytes (UEFI, 5.2.1).
const BOOT_CODE: usize = 440;
/// The size of a disk whose contents are not known yet, in bytes. The file is sparse, so this much is not written; an MBR can
/// count it.
const ROOM: u64 = 1 << 40;

/// A disk while it is made.
#[derive(Debug)]
pub struct DiskFile {
    /// What the plan says of it.
    pub planned: PlannedDisk,
    /// The file.
    pub path: PathBuf,
    /// Where its partitions lie.
    pub layout: Layout,
}

/// Why a disk cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its partitions cannot lie on it.
    #[error(transparent)]
    Layout(#[from] layout::Error),
    /// Its table cannot be written.
    #[error(transparent)]
    Table(#[from] table::Error),
    /// A partition that pre-boot may have written to would have to move.
    #[error(
        "a partition of disk `{0}` that nothing is on lies elsewhere once the size of the disk is known: set `image.size`"
    )]
    Moved(String),
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
}

impl DiskFile {
    /// Creates the disk as the new file `path` with its partition table. A disk whose size is not known yet gets room to spare.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn create(planned: PlannedDisk, path: PathBuf) -> Result<Self, Error> {
        let layout = layout::lay_out(&planned.disk, planned.size.unwrap_or(ROOM))?;
        let file = File::create_new(&path).map_err(FileError::at("write", &path))?;
        file.set_len(layout.sectors * SECTOR)
            .map_err(FileError::at("write", &path))?;
        table::write(&path, &planned.disk, &layout)?;
        Ok(Self { planned, path, layout })
    }

    /// Gives the disk its final size: that of the plan, or as much as its partitions must hold. The boot loader's code in its boot
    /// sector stays.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn resize(&mut self) -> Result<(), Error> {
        let size = match self.planned.size {
            Some(size) => size,
            None => layout::needed(&self.planned.disk)?,
        };
        let layout = layout::lay_out(&self.planned.disk, size)?;
        // pre-boot has written to the gap behind an MBR and to partitions that hold nothing else. The others are still empty.
        let mut kept = self
            .planned
            .contents
            .iter()
            .zip(layout.partitions.iter().zip(&self.layout.partitions));
        if kept.any(|(held, (new, old))| matches!(held, Held::Nothing) && new.start != old.start) {
            return Err(Error::Moved(self.planned.name.clone()));
        }
        self.layout = layout;
        let mut code = [0; BOOT_CODE];
        let file = self.cut(&mut code).map_err(FileError::at("write", &self.path))?;
        table::write(&self.path, &self.planned.disk, &self.layout)?;
        Ok(file
            .write_all_at(&code, 0)
            .map_err(FileError::at("write", &self.path))?)
    }

    /// Reads the boot sector's code, and gives the file the layout's size.
    fn cut(&self, code: &mut [u8; BOOT_CODE]) -> io::Result<File> {
        let file = File::options().read(true).write(true).open(&self.path)?;
        file.read_exact_at(code, 0)?;
        file.set_len(self.layout.sectors * SECTOR)?;
        Ok(file)
    }

    /// The file's name, with another folder and ending.
    pub fn renamed(&self, folder: &Path, ending: &str) -> PathBuf {
        folder.join(self.path.with_extension(ending).file_name().unwrap_or_default())
    }
}
