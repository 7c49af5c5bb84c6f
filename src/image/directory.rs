//! Lists directories in the order of the names' bytes. A file system gives them in any order, and images are to be the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tree::FileError;

/// The paths of the entries of `directory`, sorted.
///
/// # Errors
/// Where it cannot be read.
pub fn entries(directory: &Path) -> Result<BTreeSet<PathBuf>, FileError> {
    let read = fs::read_dir(directory).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    read.map_err(FileError::at("read", directory))
}
