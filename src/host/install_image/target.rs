//! The file that an image is written to: a new one, or one with nothing but zeros in it, as `truncate --size=20G` makes it.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, chown};
use std::path::{Path, PathBuf};
use tree::FileError;

use rustix::fs::SeekFrom;
use rustix::io::Errno;

use super::Error;

/// As much is read at once, in bytes.
const CHUNK: usize = 1 << 20;

/// The file.
#[derive(Debug)]
pub(super) struct Target {
    /// Where it is or will be, with links followed.
    pub path: PathBuf,
    /// Its size in bytes, where it is there already and has nothing but zeros in it.
    pub size: Option<u64>,
    before: Option<Metadata>,
}

impl Target {
    /// Looks at the file. One with data in it is refused, unless `force` says that it is to be replaced.
    pub fn look_at(file: &Path, force: bool) -> Result<Self, Error> {
        if let Err(error) = file.symlink_metadata()
            && error.kind() == io::ErrorKind::NotFound
        {
            let path = file.to_owned();
            return Ok(Self {
                path,
                size: None,
                before: None,
            });
        }
        let look = FileError::at("look at", file);
        let looked = fs::canonicalize(file).and_then(|path| Ok((fs::metadata(&path)?, path)));
        let (found, path) = looked.map_err(look)?;
        if !found.is_file() {
            return Err(Error::NoFile(file.to_owned()));
        }
        let is_blank = File::open(&path).and_then(|file| is_blank(&file));
        let is_blank = is_blank.map_err(FileError::at("read", file))?;
        if !is_blank && !force {
            return Err(Error::Exists(file.to_owned()));
        }
        Ok(Self {
            path,
            size: (is_blank && found.len() > 0).then_some(found.len()),
            before: Some(found),
        })
    }

    /// Puts the finished `image`, a file on the same file system, in its place, with the mode and the owner of the file that was
    /// there. The image is synced before it gets the name.
    pub fn put(&self, image: &Path) -> Result<(), Error> {
        let write = || -> io::Result<()> {
            if let Some(before) = &self.before {
                fs::set_permissions(image, before.permissions())?;
                let now = fs::metadata(image)?;
                if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
                    // Only root may change owners: for others the file stays their own.
                    let _ = chown(image, Some(before.uid()), Some(before.gid()));
                }
            }
            File::open(image)?.sync_all()?;
            fs::rename(image, &self.path)?;
            match self.path.parent() {
                Some(folder) if folder != Path::new("") => File::open(folder)?.sync_all(),
                _ => File::open(".")?.sync_all(),
            }
        };
        Ok(write().map_err(FileError::at("write", &self.path))?)
    }
}

/// Whether there are but zeros in a file. Its holes are not read.
fn is_blank(file: &File) -> io::Result<bool> {
    let mut chunk = vec![0; CHUNK];
    let mut at = 0;
    loop {
        let data = match rustix::fs::seek(file, SeekFrom::Data(at)) {
            // There is no data from here on.
            Err(Errno::NXIO) => return Ok(true),
            other => other?,
        };
        let read = file.read_at(&mut chunk, data)?;
        if chunk[..read].iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        if read == 0 {
            return Ok(true);
        }
        at = data + read as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_file_is_taken_that_is_new_or_has_nothing_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("disk.img");
        let size = |force| {
            Target::look_at(&file, force)
                .map(|target| target.size)
                .map_err(|error| error.to_string())
        };
        assert_eq!(size(false), Ok(None));
        File::create(&file).unwrap();
        assert_eq!(size(false), Ok(None));
        fs::write(&file, vec![0; 5 << 20]).unwrap();
        assert_eq!(size(false), Ok(Some(5 << 20)));
        let disk = File::options().write(true).open(&file).unwrap();
        disk.set_len(20 << 30).unwrap();
        assert_eq!(size(false), Ok(Some(20 << 30)));
        disk.write_all_at(b"x", (10 << 30) + 4095).unwrap();
        let refusal = format!(
            "`{}` is there already, with data in it: name a new file, or give --force to replace it",
            file.display()
        );
        assert_eq!(size(false), Err(refusal));
        assert_eq!(size(true), Ok(None));
    }

    #[test]
    fn what_is_no_file_is_never_taken() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path(), Path::new("/dev/null")] {
            let said = Target::look_at(path, true).unwrap_err().to_string();
            assert_eq!(said, format!("`{}` is not a regular file", path.display()));
        }
        let dangling = folder.path().join("link");
        symlink("nowhere", &dangling).unwrap();
        let said = Target::look_at(&dangling, true).unwrap_err().to_string();
        assert_eq!(
            said,
            format!("cannot look at `{}`: No such file or directory", dangling.display())
        );
    }

    #[test]
    fn an_image_takes_the_place_of_what_a_link_leads_to_and_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        File::create(at("disk.img")).unwrap();
        fs::set_permissions(at("disk.img"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("disk.img", at("link")).unwrap();
        fs::write(at("made"), "image").unwrap();
        Target::look_at(&at("link"), false).unwrap().put(&at("made")).unwrap();
        assert_eq!(fs::read_link(at("link")).unwrap(), Path::new("disk.img"));
        assert_eq!(fs::read(at("disk.img")).unwrap(), b"image");
        assert_eq!(fs::metadata(at("disk.img")).unwrap().mode() & 0o7777, 0o640);
        assert!(!at("made").exists());
    }
}
