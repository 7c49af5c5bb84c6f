//! Files of packages that a plan names, and of the output.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use plan::problem::AttrPath;
use tree::FileError;

use super::error::Error;

/// Checks that `path`, which `attribute` names, is there and a regular file, or a link to one.
pub fn check_source(attribute: AttrPath, path: &str) -> Result<(), Error> {
    let source_path = path.to_owned();
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(_) => Err(Error::NotAFile { attribute, source_path }),
        Err(source) => Err(Error::NoSource {
            attribute,
            source_path,
            source,
        }),
    }
}

/// The path of `file` in the first package that has it.
pub fn find_in_packages(packages: &[&str], file: &str, attribute: impl FnOnce() -> AttrPath) -> Result<String, Error> {
    let paths = packages.iter().map(|package| format!("{package}/{file}"));
    paths.into_iter().find(|path| Path::new(path).exists()).ok_or_else(|| {
        let packages: Vec<String> = packages.iter().map(|package| format!("`{package}`")).collect();
        Error::Incomplete {
            attribute: attribute(),
            file: file.to_owned(),
            packages: packages.join(", "),
        }
    })
}

/// Makes the directory that `path` lies in.
pub fn make_parent(path: &Path) -> Result<(), Error> {
    let parent = path.parent().unwrap_or(path);
    Ok(fs::create_dir_all(parent).map_err(FileError::at("create directory", parent))?)
}

/// Makes a file of the output read-only.
pub fn make_read_only(path: &Path) -> Result<(), Error> {
    Ok(fs::set_permissions(path, Permissions::from_mode(0o444)).map_err(FileError::at("set the mode of", path))?)
}
