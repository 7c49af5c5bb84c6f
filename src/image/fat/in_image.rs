//! FAT as one of the file systems of images, by the name that the kernel has for it.

use std::path::Path;

use super::{Contents, Options};
use crate::file_system::{Error, FileSystem, Filled, Filler, Recipe};

/// FAT with long names.
#[derive(Debug)]
pub struct Vfat;

impl FileSystem for Vfat {
    fn name(&self) -> &'static str {
        "vfat"
    }

    fn needs_mkfs(&self) -> bool {
        false
    }

    fn prepare(&self, recipe: &Recipe<'_>) -> Result<Box<dyn Filler>, Error> {
        let volume_id = recipe.identity.number(&format!("volume {}", recipe.partition));
        let options = Options::new(recipe.arguments, volume_id, recipe.time).map_err(Error::new)?;
        let contents = Contents::read(recipe.tree).map_err(Error::new)?;
        Ok(Box::new(Listed { options, contents }))
    }
}

/// A tree whose files and folders are known.
struct Listed {
    options: Options,
    contents: Contents,
}

impl Filler for Listed {
    fn needed(&self, free: u64) -> Result<u64, Error> {
        self.options.needed(&self.contents, free).map_err(Error::new)
    }

    fn write(&self, image: &Path, offset: u64, size: u64) -> Result<Filled, Error> {
        let usage = self.options.make(&self.contents, image, (offset, size));
        let number = self.options.volume_id;
        Ok(Filled {
            // As blkid(8) writes it.
            uuid: format!("{:04X}-{:04X}", number >> 16, number & 0xFFFF),
            free: Some(usage.map_err(Error::new)?.free),
        })
    }
}
