//! What a derivation asks its builder for: its attributes, as `nix-plugin/lib.nix` writes them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};
use tree::FileError;

use serde::Deserialize;

use super::closure::StorePath;

/// The file of structured attributes in the folder that a build starts in.
pub const ATTRIBUTES: &str = ".attrs.json";

/// The attributes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Request {
    /// The store path of the installer.
    pub installer: String,
    /// The installer and all that it needs.
    pub closure: Vec<StorePath>,
    /// The section `image` of the plan.
    #[serde(default)]
    pub image: serde_json::Value,
    /// Whether the size in it wins over the sizes of the plan's disks. `install --size` sets it.
    #[serde(default, rename = "sizeIsGiven")]
    pub size_is_given: bool,
    /// The output's paths by name.
    outputs: BTreeMap<String, PathBuf>,
}

/// Why nothing can be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not called by Nix.
    #[error("this is the builder of `.image` and `.tarball`, and nothing else calls it: `{0}` is not set")]
    NoBuild(&'static str),
    /// A file or directory.
    #[error(transparent)]
    File(#[from] FileError),
    /// They are not as expected.
    #[error("cannot read `{}`: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// There is nowhere to write to.
    #[error("the derivation has no output `out`")]
    NoOutput,
}

impl Request {
    /// The request of the build that this process is the builder of.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn of_this_build() -> Result<Self, Error> {
        // `NIX_ATTRS_JSON_FILE` names it too, but Nix 2.8 gives the path outside of the sandbox.
        let folder = env::var_os("NIX_BUILD_TOP").ok_or(Error::NoBuild("NIX_BUILD_TOP"))?;
        let path = Path::new(&folder).join(ATTRIBUTES);
        let read = |path: &Path| fs::read(path);
        let bytes = read(&path).or_else(|error| match env::var_os("NIX_ATTRS_JSON_FILE") {
            Some(named) => read(Path::new(&named)),
            None => Err(error),
        });
        let bytes = bytes.map_err(FileError::at("read", &path))?;
        serde_json::from_slice(&bytes).map_err(|source| Error::Json { path, source })
    }

    /// Where the output goes.
    ///
    /// # Errors
    /// [`Error::NoOutput`].
    pub fn out(&self) -> Result<&Path, Error> {
        self.outputs.get("out").map(PathBuf::as_path).ok_or(Error::NoOutput)
    }
}
