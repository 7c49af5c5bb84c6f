//! How the images of a plan's disks are made: what the section `image` says.

use std::path::{Path, PathBuf};

use super::file_system::FileSystem;
use super::format::ImageFormat;
use super::formats;
use plan::text::{ByteSize, ImageSize, Text};
use plan::{Image, Named};

/// The settings.
#[derive(Debug)]
pub struct Settings {
    /// What an image is written as.
    pub format: &'static dyn ImageFormat,
    /// The size of a disk without a size of its own, in bytes; `None` where it follows from the contents.
    pub size: Option<u64>,
    /// How much room is left over in the partition that takes the rest of its disk, in bytes.
    pub free_space: u64,
    /// Packages with programs, by type of file system.
    mkfs: Vec<(String, String)>,
}

/// Why the settings are not enough.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A format that the plan knows and no row of the table does.
    #[error("`image.format`: `{0}` is not yet in images")]
    UnknownFormat(String),
    /// No package is named for what the plan needs.
    #[error("`image.mkfs.{format}` is not set: it names the package with `bin/mkfs.{format}`, for `{partition}`")]
    NoPackage {
        /// The type of file system.
        format: &'static str,
        /// The partition.
        partition: String,
    },
    /// The package lacks the program.
    #[error("`image.mkfs.{format}`: there is neither `bin/mkfs.{format}` nor `sbin/mkfs.{format}` in `{package}`")]
    NoProgram {
        /// The type of file system.
        format: &'static str,
        /// The package.
        package: String,
    },
}

impl Settings {
    /// Reads them from a section with all defaults filled in.
    ///
    /// # Errors
    /// [`Error::UnknownFormat`].
    pub fn new(image: &Image) -> Result<Self, Error> {
        let format = match image.format.as_ref().map(Text::text) {
            None => formats::DEFAULT,
            Some(name) => formats::by_name(name).ok_or_else(|| Error::UnknownFormat(name.to_owned()))?,
        };
        let packages = image.mkfs.iter().flat_map(Named::present);
        Ok(Self {
            format,
            size: image.size.as_ref().and_then(ImageSize::bytes),
            free_space: image.free_space.as_ref().map_or(0, ByteSize::bytes),
            mkfs: packages
                .map(|(format, package)| (format.clone(), package.text().to_owned()))
                .collect(),
        })
    }

    /// The program `mkfs.NAME` for a file system of this type in `partition`; empty for a type that needs none. It comes from the
    /// package that the plan names. Where the plan names none, it is the one on the `PATH`, which a build does not have.
    ///
    /// # Errors
    /// [`Error::NoPackage`], [`Error::NoProgram`].
    pub fn mkfs(&self, file_system: &dyn FileSystem, partition: &str) -> Result<PathBuf, Error> {
        let format = file_system.name();
        if !file_system.needs_mkfs() {
            return Ok(PathBuf::new());
        }
        let package = self.mkfs.iter().find(|(name, _)| name == format);
        let Some((_, package)) = package else {
            return on_the_path(&format!("mkfs.{format}")).ok_or_else(|| Error::NoPackage {
                format,
                partition: partition.to_owned(),
            });
        };
        ["bin", "sbin"]
            .into_iter()
            .map(|folder| Path::new(package).join(folder).join(format!("mkfs.{format}")))
            .find(|program| program.is_file())
            .ok_or_else(|| Error::NoProgram {
                format,
                package: package.clone(),
            })
    }
}

fn on_the_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|program| program.is_absolute() && program.is_file())
}
