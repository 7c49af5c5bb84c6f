//! EROFS as one of the file systems of images.

use std::path::Path;

use super::{Finished, Options};
use crate::file_system::{Error, FileSystem, Filled, Filler, Recipe};

/// EROFS, to which nobody can write.
#[derive(Debug)]
pub struct Erofs;

impl FileSystem for Erofs {
    fn name(&self) -> &'static str {
        "erofs"
    }

    fn needs_mkfs(&self) -> bool {
        true
    }

    fn keeps_linked_symlinks(&self) -> bool {
        true
    }

    fn prepare(&self, recipe: &Recipe<'_>) -> Result<Box<dyn Filler>, Error> {
        let name = recipe.partition;
        let options = Options {
            mkfs: recipe.mkfs.clone(),
            arguments: recipe.arguments.to_vec(),
            uuid: recipe.identity.uuid(&format!("file system {name}")),
            time: recipe.time,
        };
        // Two partitions must not share a file.
        let number = recipe.identity.number(&format!("volume {name}"));
        let file = recipe.scratch.join(format!("erofs-{number}"));
        // Its size is known only when it is made.
        let finished = options.build(recipe.tree, recipe.owners, &file).map_err(Error::new)?;
        Ok(Box::new(Prepared {
            uuid: options.uuid.to_string(),
            finished,
        }))
    }
}

/// A file system that has only to be copied.
struct Prepared {
    uuid: String,
    finished: Finished,
}

impl Filler for Prepared {
    fn needed(&self, _free: u64) -> Result<u64, Error> {
        // Nobody could use free room.
        Ok(self.finished.size)
    }

    fn write(&self, image: &Path, offset: u64, size: u64) -> Result<Filled, Error> {
        self.finished.copy_into(image, (offset, size)).map_err(Error::new)?;
        Ok(Filled {
            uuid: self.uuid.clone(),
            free: None,
        })
    }
}
