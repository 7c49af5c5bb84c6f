//! What a format has to be able to do, so that the image of a disk can be written in it.
//!
//! Each format is a file of its own with an [`ImageFormat`] in it, and a row of the table `IMAGE_FORMATS`.

use std::fmt::Debug;
use std::path::Path;

use tree::FileError;

/// A format of images of disks.
pub trait ImageFormat: Debug + Sync {
    /// Its name, as in a plan's `image.format`.
    fn name(&self) -> &'static str;

    /// The endings of files in it, in lower case; the first one is that of images that a build makes.
    fn endings(&self) -> &'static [&'static str];

    /// How a file in it comes to be.
    fn encoding(&self) -> Encoding;
}

/// How a file in a format comes to be.
#[derive(Debug, Clone, Copy)]
pub enum Encoding {
    /// It is the disk, byte for byte: the disk is made in the file itself.
    Raw,
    /// It is packed from the raw image of the finished disk.
    Packed(Pack),
}

/// Writes the raw image at the first path as a new file at the second one.
pub type Pack = fn(&Path, &Path) -> Result<(), FileError>;
