//! ext4 as one of the file systems of images.

use std::path::{Path, PathBuf};

use super::{Contents, Maker, Options};
use crate::file_system::{Error, FileSystem, Filled, Filler, Recipe};
use prefix::owners::Manifest;

/// ext4.
#[derive(Debug)]
pub struct Ext4;

impl FileSystem for Ext4 {
    fn name(&self) -> &'static str {
        "ext4"
    }

    fn needs_mkfs(&self) -> bool {
        true
    }

    fn prepare(&self, recipe: &Recipe<'_>) -> Result<Box<dyn Filler>, Error> {
        let name = recipe.partition;
        let options = Options {
            mkfs: recipe.mkfs.clone(),
            arguments: recipe.arguments.to_vec(),
            uuid: recipe.identity.uuid(&format!("file system {name}")),
            hash_seed: recipe.identity.uuid(&format!("hash seed {name}")),
            time: recipe.time,
        };
        let maker = Maker::new(&options, &recipe.scratch.join("ext4")).map_err(Error::new)?;
        let contents = maker.measure(recipe.tree).map_err(Error::new)?;
        Ok(Box::new(Measured {
            maker,
            contents,
            tree: recipe.tree.to_owned(),
            owners: recipe.owners.clone(),
        }))
    }
}

/// A tree whose size is known.
struct Measured {
    maker: Maker,
    contents: Contents,
    tree: PathBuf,
    owners: Manifest,
}

impl Filler for Measured {
    fn needed(&self, free: u64) -> Result<u64, Error> {
        self.maker.needed(&self.contents, free).map_err(Error::new)
    }

    fn write(&self, image: &Path, offset: u64, size: u64) -> Result<Filled, Error> {
        let source = (self.tree.as_path(), &self.contents);
        let usage = self.maker.make(source, &self.owners, image, (offset, size));
        let usage = usage.map_err(Error::new)?;
        Ok(Filled {
            uuid: usage.uuid.to_string(),
            free: Some(usage.free),
        })
    }
}
