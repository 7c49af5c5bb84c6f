//! Reads files in JSON that a person names: a plan, or what a build has written. For a file of another kind (an image, a script),
//! the error says which kind it is.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tree::{FileError, Tree};

/// Stands for the standard input.
const STANDARD_INPUT: &str = "-";

/// Why a file cannot be read as JSON.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is of another kind.
    #[error("`{}` is {kind}, and not {wanted} in JSON{hint}", path.display())]
    OtherKind {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
        /// What it should be.
        wanted: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
    /// It is not JSON.
    #[error("cannot read `{}`: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// The value in the JSON file `path`, which should be `wanted` (`a plan`).
///
/// # Errors
/// See [`Error`].
pub fn load(path: &Path, wanted: &'static str) -> Result<Tree, Error> {
    let mut bytes = Vec::new();
    let input: &mut dyn Read = if path == Path::new(STANDARD_INPUT) {
        &mut io::stdin()
    } else {
        &mut File::open(path).map_err(FileError::at("read", path))?
    };
    // The first sector is enough to recognise an image of a disk, which may be too large to read.
    let mut read = |limit: u64, bytes: &mut Vec<u8>| {
        input
            .take(limit)
            .read_to_end(bytes)
            .map_err(FileError::at("read", path))
    };
    read(HEAD, &mut bytes)?;
    if let Some((kind, hint)) = kind(path, &bytes) {
        let path = path.to_owned();
        return Err(Error::OtherKind {
            path,
            kind,
            wanted,
            hint,
        });
    }
    read(u64::MAX, &mut bytes)?;
    serde_json::from_slice(&bytes).map_err(|source| Error::Json {
        path: path.to_owned(),
        source,
    })
}

/// Whether the file at `path` begins as a script does.
pub fn is_script(path: &Path) -> bool {
    let mut head = [0; SCRIPT.len()];
    File::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok() && head == *SCRIPT)
}

/// What a script begins with.
const SCRIPT: &[u8; 2] = b"#!";

/// In bytes: a boot sector.
const HEAD: u64 = 512;

/// What files of other kinds begin with (file(1)'s magic numbers).
const KINDS: [(&[u8], &str); 8] = [
    (b"QFI\xfb", "the image of a disk"),
    (b"KDMV", "the image of a disk"),
    (b"\x7fELF", "a program"),
    (b"\x28\xb5\x2f\xfd", "a compressed file"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\xfd7zXZ", "a compressed file"),
    (b"\xef\xbb\xbf", "a text that begins with a byte order mark"),
    (SCRIPT, "a script"),
];

/// What kind of file it is, where it is plainly not JSON, and what to do instead.
fn kind(path: &Path, head: &[u8]) -> Option<(&'static str, &'static str)> {
    if path.extension().is_some_and(|ending| ending == "nix") {
        let hint = ": give what `nix-instantiate --eval --strict --json` makes of it";
        return Some(("a Nix expression", hint));
    }
    if head.get(510..512) == Some(&[0x55, 0xaa]) {
        return Some(("the image of a disk", ""));
    }
    if let Some((_, kind)) = KINDS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some((kind, ""));
    }
    // Before all of it is read: it may be the image of a disk that has nothing in its first sector.
    match head.trim_ascii_start().first() {
        None if head.is_empty() => Some(("empty", "")),
        Some(first) if !is_start_of_json(*first) => Some(("another kind of file", "")),
        _ => None,
    }
}

/// Whether a value in JSON can begin with this character (RFC 8259, section 3).
fn is_start_of_json(first: u8) -> bool {
    first.is_ascii_digit() || b"{[\"-tfn".contains(&first)
}
