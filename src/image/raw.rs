//! Raw images: the bytes of the disk, in a sparse file.

use super::format::{Encoding, ImageFormat};

/// The raw format.
#[derive(Debug)]
pub struct Raw;

impl ImageFormat for Raw {
    fn name(&self) -> &'static str {
        "raw"
    }

    fn endings(&self) -> &'static [&'static str] {
        &["raw", "img"]
    }

    fn encoding(&self) -> Encoding {
        Encoding::Raw
    }
}
