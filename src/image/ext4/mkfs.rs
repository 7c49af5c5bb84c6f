//! Runs mkfs.ext4, with the plan's arguments and those that make the same bytes of the same tree.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::format::FileSystem;
use super::{Error, Options, program};
use tree::FileError;

/// Letters of options that stand before a value of their own.
const WITH_VALUE: &str = "bCegGiIJLmMNoOrtTUzEdlP";
/// Letters of options that would have it do something else than to make this file system.
const NOT_HERE: &str = "cdlnSV";

/// mkfs.ext4 with the options that all runs share.
#[derive(Debug, Clone)]
pub(super) struct Mkfs {
    program: PathBuf,
    arguments: Vec<String>,
    /// The values of `-E`, which counts once only.
    extended: Vec<String>,
    hash_seed: String,
    time: String,
    uuid: String,
    is_of_old: bool,
}

impl Mkfs {
    pub(super) fn new(options: &Options) -> Result<Self, Error> {
        let (mut arguments, mut extended) = (Vec::new(), Vec::new());
        let mut given = options.arguments.iter();
        while let Some(argument) = given.next() {
            let letters = argument
                .strip_prefix('-')
                .filter(|letters| !letters.is_empty() && letters.is_ascii());
            let letters = letters.ok_or_else(|| Error::Argument(argument.clone()))?;
            let value_at = letters.find(|letter| WITH_VALUE.contains(letter));
            let flags = &letters[..value_at.map_or(letters.len(), |at| at + 1)];
            if flags.contains(|letter| NOT_HERE.contains(letter)) {
                return Err(Error::Argument(argument.clone()));
            }
            let value = match value_at {
                Some(at) if at + 1 == letters.len() => given.next().map(String::as_str),
                Some(at) => Some(&letters[at + 1..]),
                None => None,
            };
            if value.is_none() && value_at.is_some() {
                return Err(Error::Argument(argument.clone()));
            }
            if let Some(flags) = flags.strip_suffix('E') {
                let value = value.unwrap_or_default();
                let ours = |word: &str| ["offset", "root_owner"].contains(&word.split('=').next().unwrap_or_default());
                if value.split(',').any(ours) {
                    return Err(Error::Argument(format!("-E {value}")));
                }
                extended.push(value.to_owned());
                if !flags.is_empty() {
                    arguments.push(format!("-{flags}"));
                }
            } else {
                arguments.push(format!("-{flags}"));
                arguments.extend(value.map(str::to_owned));
            }
        }
        Ok(Self {
            program: options.mkfs.clone(),
            arguments,
            extended,
            hash_seed: options.hash_seed.to_string(),
            time: options.time.to_string(),
            uuid: options.uuid.to_string(),
            is_of_old: false,
        })
    }

    /// The same for releases before 1.47.
    pub(super) fn of_old(self) -> Self {
        Self {
            is_of_old: true,
            ..self
        }
    }

    /// Whether the plan's arguments say how many inodes there are.
    pub(super) fn decides_on_inodes(&self) -> bool {
        self.arguments
            .iter()
            .any(|argument| ["-N", "-i", "-T"].contains(&argument.as_str()))
    }

    /// An empty file system of `size` bytes in the file `scratch`, which is removed again.
    pub(super) fn try_out(&self, scratch: &Path, size: u64, inodes: Option<u64>) -> Result<FileSystem, Error> {
        let made = File::create(scratch)
            .and_then(|new| new.set_len(size))
            .map_err(FileError::at("create", scratch));
        let made = made
            .map_err(Error::from)
            .and_then(|()| self.run(scratch, (0, size), inodes, None))
            .and_then(|()| FileSystem::open(scratch, 0));
        let removed = fs::remove_file(scratch).map_err(FileError::at("remove", scratch));
        made.and_then(|made| Ok(removed.map(|()| made)?))
    }

    /// A file system at this offset and of this size in `image`, with the contents of `tree`.
    pub(super) fn fill(&self, image: &Path, range: (u64, u64), inodes: Option<u64>, tree: &Path) -> Result<(), Error> {
        self.run(image, range, inodes, Some(tree))
    }

    fn run(
        &self,
        image: &Path,
        (offset, size): (u64, u64),
        inodes: Option<u64>,
        tree: Option<&Path>,
    ) -> Result<(), Error> {
        let mut extended = format!("offset={offset},hash_seed={},root_owner=0:0,nodiscard", self.hash_seed);
        extended += if self.is_of_old {
            ",lazy_itable_init=0,lazy_journal_init=0"
        } else {
            // The image is new: what is not written is zero. Extended attributes stay out: those of the builder's machine (labels
            // of SELinux, for one) mean nothing in the image.
            ",assume_storage_prezeroed=1,no_copy_xattrs"
        };
        for given in &self.extended {
            extended += ",";
            extended += given;
        }
        let mut arguments: Vec<OsString> = [
            "-q", "-F", "-t", "ext4", "-b", "4096", "-I", "256", "-U", &self.uuid, "-E", &extended,
        ]
        .map(OsString::from)
        .into();
        if let Some(inodes) = inodes {
            arguments.extend(["-N".into(), inodes.to_string().into()]);
        }
        if let Some(tree) = tree {
            arguments.extend(["-d".into(), tree.into()]);
        }
        arguments.extend(self.arguments.iter().map(OsString::from));
        arguments.extend([image.into(), format!("{}k", size / 1024).into()]);
        let clock = ("E2FSPROGS_FAKE_TIME", self.time.as_str());
        Ok(program::run(Command::new(&self.program).args(&arguments), &[clock])?)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn mkfs(arguments: &[&str]) -> Result<Mkfs, String> {
        let options = Options {
            mkfs: "mkfs.ext4".into(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            uuid: Uuid::nil(),
            hash_seed: Uuid::nil(),
            time: 1,
        };
        Mkfs::new(&options).map_err(|error| error.to_string())
    }

    #[test]
    fn arguments_are_passed_on_and_extended_options_are_joined() {
        let mkfs = mkfs(&["-L", "root", "-Obig", "-E", "stride=4", "-qEpacked_meta_blocks=1", "-v"]).unwrap();
        assert_eq!(mkfs.arguments, ["-L", "root", "-O", "big", "-q", "-v"]);
        assert_eq!(mkfs.extended, ["stride=4", "packed_meta_blocks=1"]);
        assert!(!mkfs.decides_on_inodes());
    }

    #[test]
    fn how_many_inodes_there_are_can_be_said() {
        for arguments in [["-N", "100"], ["-i", "4096"], ["-T", "news"]] {
            assert!(mkfs(&arguments).unwrap().decides_on_inodes(), "{arguments:?}");
        }
    }

    #[test]
    fn arguments_that_would_make_something_else_are_refused() {
        for arguments in [
            &["-d", "/etc"][..],
            &["-n"],
            &["-qS"],
            &["/dev/null"],
            &["-L"],
            &["-E", "x=1,offset=5"],
            &[""],
        ] {
            let error = mkfs(arguments).unwrap_err();
            assert!(error.starts_with("mkfs.ext4 cannot take `"), "{arguments:?}: {error}");
        }
        assert!(mkfs(&["-L", "-n"]).is_ok());
    }
}
