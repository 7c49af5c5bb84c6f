//! A root as a tar archive. The staged tree is read, and the store paths where they lie.
//!
//! The same root gives the same bytes: entries come in the order of their names, all times are the same, and owners come from the
//! manifest. Each name of a file is a file of its own, as only some stores have hard links (those that Nix has optimised).

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tree::FileError;

use tar::{Builder, EntryType, Header};

use super::closure::StorePath;
use super::directory::entries;
use super::root::{StagedRoot, TIME};
use tree::path::STORE_DIR;

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory.
    #[error(transparent)]
    File(#[from] FileError),
    /// A device, FIFO or socket, which no staged root has.
    #[error("archiving `{}`: it is neither file, directory nor link", .0.display())]
    Special(PathBuf),
}

/// Writes the archive of `tree` with the store paths of `closure` to `output`. `each` is called for every entry.
///
/// # Errors
/// See [`Error`].
pub fn write<W: Write>(
    tree: &StagedRoot,
    closure: &[StorePath],
    output: W,
    each: &mut dyn FnMut(),
) -> Result<W, Error> {
    let mut archive = Archive {
        builder: Builder::new(output),
        tree,
        each,
    };
    archive.builder.mode(tar::HeaderMode::Complete);
    archive.entry(&tree.root, Path::new("/"), closure)?;
    Ok(archive
        .builder
        .into_inner()
        .map_err(FileError::at("archive", Path::new("/")))?)
}

/// How many entries the archive has.
///
/// # Errors
/// Where a directory cannot be read.
pub fn count(tree: &StagedRoot, closure: &[StorePath]) -> Result<u64, FileError> {
    let mut sum = count_below(&tree.root)?;
    for path in closure {
        sum += count_below(Path::new(&path.path))?;
    }
    Ok(sum)
}

fn count_below(path: &Path) -> Result<u64, FileError> {
    let mut sum = 1;
    let found = fs::symlink_metadata(path).map_err(FileError::at("look at", path))?;
    if found.is_dir() {
        for entry in entries(path)? {
            sum += count_below(&entry)?;
        }
    }
    Ok(sum)
}

struct Archive<'a, W: Write> {
    builder: Builder<W>,
    tree: &'a StagedRoot,
    each: &'a mut dyn FnMut(),
}

impl<W: Write> Archive<'_, W> {
    /// Adds what lies at `source`, and all that is in it, as the entry `path`, an absolute path in the root. The store's folder
    /// gets the store paths of the closure.
    fn entry(&mut self, source: &Path, path: &Path, closure: &[StorePath]) -> Result<(), Error> {
        let found = fs::symlink_metadata(source).map_err(FileError::at("archive", path))?;
        let owner = path.to_str().and_then(|path| self.tree.owners.get(path));
        let mode = owner.map_or(found.permissions().mode() & 0o7777, |owner| owner.mode);
        let mut header = Header::new_gnu();
        header.set_mtime(TIME.into());
        header.set_mode(if found.is_symlink() { 0o777 } else { mode });
        header.set_uid(owner.map_or(0, |owner| owner.uid).into());
        header.set_gid(owner.map_or(0, |owner| owner.gid).into());
        header.set_size(0);
        (self.each)();
        // Names in an archive are relative.
        let mut name = Path::new(".").join(path.strip_prefix("/").unwrap_or(path));
        let builder = &mut self.builder;
        if found.is_symlink() {
            let target = fs::read_link(source).map_err(FileError::at("archive", path))?;
            header.set_entry_type(EntryType::Symlink);
            Ok(builder
                .append_link(&mut header, &name, target)
                .map_err(FileError::at("archive", path))?)
        } else if found.is_file() {
            let file = File::open(source).map_err(FileError::at("archive", path))?;
            header.set_entry_type(EntryType::Regular);
            header.set_size(found.len());
            Ok(builder
                .append_data(&mut header, &name, file)
                .map_err(FileError::at("archive", path))?)
        } else if found.is_dir() {
            // A final `/`.
            name.push("");
            header.set_entry_type(EntryType::Directory);
            builder
                .append_data(&mut header, &name, io::empty())
                .map_err(FileError::at("archive", path))?;
            self.directory(source, path, closure)
        } else {
            Err(Error::Special(source.to_owned()))
        }
    }

    fn directory(&mut self, source: &Path, path: &Path, closure: &[StorePath]) -> Result<(), Error> {
        if path == Path::new(STORE_DIR) {
            let mut paths: Vec<&Path> = closure.iter().map(|path| Path::new(&path.path)).collect();
            paths.sort_unstable();
            return paths.into_iter().try_for_each(|path| self.entry(path, path, closure));
        }
        for entry in entries(source)? {
            let name = entry.file_name().unwrap_or_default();
            self.entry(&entry, &path.join(name), closure)?;
        }
        Ok(())
    }
}
