//! The owners manifest: the owners, modes and devices that the kernel refused to a rootless run. Whoever can grant them later (an
//! image builder, or root) reads them here. The format is mtree(5):
//!
//! ```text
//! #mtree
//! ./etc/shadow type=file mode=0640 uid=0 gid=42
//! ./dev/null type=char mode=0666 uid=0 gid=0 device=native,1,3
//! ```
//!
//! The manifest itself lies outside of the prefix.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{Committed, Prefix};

/// The first line.
const SIGNATURE: &str = "#mtree";

/// What should be at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its kind.
    pub node: Node,
    /// Permissions, setuid, setgid and sticky included.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Owning group.
    pub gid: u32,
}

/// The kind of what should be at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link and its target.
    Symlink(String),
    /// A FIFO.
    Fifo,
    /// A block device: major and minor number.
    BlockDevice(u32, u32),
    /// A character device: major and minor number.
    CharacterDevice(u32, u32),
}

/// Entries by absolute path inside the prefix.
pub type Manifest = BTreeMap<String, Entry>;

/// What can go wrong with a manifest.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] super::Error),
    /// The path does not end in a file name in UTF-8.
    #[error("cannot write `{}`: it is no file name in UTF-8", .0.display())]
    Name(PathBuf),
    /// Something is mounted on the manifest's file.
    #[error("cannot replace `{}`: something is mounted on it", .0.display())]
    Busy(PathBuf),
    /// The manifest's path is taken by something other than a regular file.
    #[error("cannot replace `{}`: a {what} is in the way", path.display())]
    InTheWay {
        /// The manifest.
        path: PathBuf,
        /// What lies there.
        what: &'static str,
    },
    /// A line could not be understood.
    #[error("cannot read `{}`: line {line}: {problem}", path.display())]
    Line {
        /// The manifest.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
}

/// Writes the manifest to the file at `path`, under another name first.
///
/// # Errors
/// Where it cannot be written, or something else than a regular file (a link, too) has that name.
pub fn write(path: &Path, manifest: &Manifest) -> Result<(), Error> {
    let (folder, name) = open_folder(path)?;
    if let Some(found) = folder.inspect(&name)?
        && found.kind != super::Kind::File
    {
        return Err(Error::InTheWay {
            path: path.to_owned(),
            what: found.kind.name(),
        });
    }
    let owner = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let staged = folder.stage_file(&name, &mut format(manifest).as_bytes(), 0o644, owner)?;
    folder.sync()?;
    match folder.commit(staged)? {
        Committed::Done => Ok(()),
        Committed::Busy => Err(Error::Busy(path.to_owned())),
    }
}

/// Reads the manifest in the file at `path`; `None` where there is no such file.
///
/// # Errors
/// Where it cannot be read or understood.
pub fn read(path: &Path) -> Result<Option<Manifest>, Error> {
    let (folder, name) = open_folder(path)?;
    let Some(bytes) = folder.read(&name)? else {
        return Ok(None);
    };
    parse(&String::from_utf8_lossy(&bytes))
        .map(Some)
        .map_err(|(line, problem)| Error::Line {
            path: path.to_owned(),
            line,
            problem,
        })
}

/// The directory that holds `path`, and the path from there.
fn open_folder(path: &Path) -> Result<(Prefix, String), Error> {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| Error::Name(path.to_owned()))?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    Ok((Prefix::open(folder)?, format!("/{name}")))
}

/// The text of a manifest, sorted by path.
pub fn format(manifest: &Manifest) -> String {
    let mut text = format!("{SIGNATURE}\n");
    for (path, entry) in manifest {
        let _ = write!(
            text,
            "{} ",
            encode(&format!(".{}", if path == "/" { "" } else { path }))
        );
        let kind = match &entry.node {
            Node::File => "file",
            Node::Directory => "dir",
            Node::Symlink(_) => "link",
            Node::Fifo => "fifo",
            Node::BlockDevice(..) => "block",
            Node::CharacterDevice(..) => "char",
        };
        let _ = write!(
            text,
            "type={kind} mode={:04o} uid={} gid={}",
            entry.mode, entry.uid, entry.gid
        );
        let _ = match &entry.node {
            Node::Symlink(target) => writeln!(text, " link={}", encode(target)),
            Node::BlockDevice(major, minor) | Node::CharacterDevice(major, minor) => {
                writeln!(text, " device=native,{major},{minor}")
            }
            _ => writeln!(text),
        };
    }
    text
}

/// Reads a manifest from text in the form of [`format()`]. The error is the number of the line, from 1, and what is wrong
/// with it.
///
/// # Errors
/// Where a line has an unknown keyword, lacks one, or names a path twice.
pub fn parse(text: &str) -> Result<Manifest, (usize, String)> {
    let mut manifest = Manifest::new();
    let mut lines = text.lines().enumerate();
    if lines.next().map(|(_, line)| line) != Some(SIGNATURE) {
        return Err((1, format!("`{SIGNATURE}` expected")));
    }
    for (index, line) in lines {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (path, entry) = parse_line(line).map_err(|problem| (index + 1, problem))?;
        if manifest.contains_key(&path) {
            return Err((index + 1, format!("`{path}` is named twice")));
        }
        manifest.insert(path, entry);
    }
    Ok(manifest)
}

fn parse_line(line: &str) -> Result<(String, Entry), String> {
    let mut words = line.split(' ');
    let name = decode(words.next().unwrap_or_default())?;
    let path = match name.strip_prefix('.') {
        Some("") => "/",
        Some(path) if super::split(path).is_some() => path,
        _ => return Err(format!("`{name}` is not a path from `.`")),
    };
    let mut values: BTreeMap<&str, &str> = BTreeMap::new();
    for word in words {
        let (keyword, value) = word.split_once('=').ok_or_else(|| format!("`{word}` has no value"))?;
        if !matches!(keyword, "type" | "mode" | "uid" | "gid" | "link" | "device") {
            return Err(format!("unknown keyword `{keyword}`"));
        }
        if values.insert(keyword, value).is_some() {
            return Err(format!("`{keyword}` is given twice"));
        }
    }
    let mut take = |keyword: &str| values.remove(keyword).ok_or_else(|| format!("`{keyword}` is missing"));
    let number =
        |value: &str, radix| u32::from_str_radix(value, radix).map_err(|_| format!("`{value}` is not such a number"));
    let kind = take("type")?;
    let mode = number(take("mode")?, 8)?;
    if mode > 0o7777 {
        return Err(format!("`{mode:o}` is not a mode"));
    }
    let (uid, gid) = (number(take("uid")?, 10)?, number(take("gid")?, 10)?);
    let mut device = || -> Result<(u32, u32), String> {
        let value = take("device")?;
        let numbers = value
            .strip_prefix("native,")
            .and_then(|numbers| numbers.split_once(','));
        let (major, minor) = numbers.ok_or_else(|| format!("`{value}` is not a device"))?;
        Ok((number(major, 10)?, number(minor, 10)?))
    };
    let node = match kind {
        "file" => Node::File,
        "dir" => Node::Directory,
        "link" => Node::Symlink(decode(take("link")?)?),
        "fifo" => Node::Fifo,
        "block" => device().map(|(major, minor)| Node::BlockDevice(major, minor))?,
        "char" => device().map(|(major, minor)| Node::CharacterDevice(major, minor))?,
        _ => return Err(format!("unknown type `{kind}`")),
    };
    match values.keys().next() {
        Some(keyword) => Err(format!("`{keyword}` does not go with type `{kind}`")),
        None => Ok((path.to_owned(), Entry { node, mode, uid, gid })),
    }
}

/// A name in the form of vis(3) that mtree(5) asks for. Each byte that could end the name or is not printable ASCII becomes a
/// backslash and three octal digits.
fn encode(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#' | b'=' | b'*' | b'?' | b'[') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "\\{byte:03o}");
        }
    }
    encoded
}

fn decode(encoded: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first != b'\\' {
            bytes.push(first);
            rest = after;
            continue;
        }
        let octal = after
            .get(..3)
            .filter(|digits| digits.iter().all(|digit| (b'0'..=b'7').contains(digit)))
            .and_then(|digits| {
                digits
                    .iter()
                    .try_fold(0_u8, |sum, digit| sum.checked_mul(8)?.checked_add(digit - b'0'))
            });
        bytes.push(octal.ok_or_else(|| format!("`{encoded}`: three octal digits expected behind a backslash"))?);
        rest = &after[3..];
    }
    String::from_utf8(bytes).map_err(|_| format!("`{encoded}` is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shadow() -> Entry {
        Entry {
            node: Node::File,
            mode: 0o640,
            uid: 0,
            gid: 42,
        }
    }

    #[test]
    fn a_manifest_is_mtree() {
        let manifest = Manifest::from([
            (
                "/".to_owned(),
                Entry {
                    node: Node::Directory,
                    mode: 0o755,
                    uid: 0,
                    gid: 0,
                },
            ),
            (
                "/dev/null".to_owned(),
                Entry {
                    node: Node::CharacterDevice(1, 3),
                    mode: 0o666,
                    uid: 0,
                    gid: 0,
                },
            ),
            ("/etc/a b\nü".to_owned(), shadow()),
        ]);
        let text = "#mtree\n\
                    . type=dir mode=0755 uid=0 gid=0\n\
                    ./dev/null type=char mode=0666 uid=0 gid=0 device=native,1,3\n\
                    ./etc/a\\040b\\012\\303\\274 type=file mode=0640 uid=0 gid=42\n";
        assert_eq!(format(&manifest), text);
        assert_eq!(parse(text), Ok(manifest));
    }

    #[test]
    fn a_line_that_is_not_understood_is_named() {
        for (line, problem) in [
            ("./a type=file mode=0640 uid=0", "`gid` is missing"),
            ("./a type=file mode=0640 uid=0 gid=x", "`x` is not such a number"),
            ("./a type=file mode=17777 uid=0 gid=0", "`17777` is not a mode"),
            (
                "./a type=file mode=0640 uid=0 gid=0 link=x",
                "`link` does not go with type `file`",
            ),
            ("./a type=socket mode=0640 uid=0 gid=0", "unknown type `socket`"),
            (
                "./a type=file mode=0640 uid=0 gid=0 flags=none",
                "unknown keyword `flags`",
            ),
            (
                "./../a type=file mode=0640 uid=0 gid=0",
                "`./../a` is not a path from `.`",
            ),
            (
                "./\\400 type=file mode=0640 uid=0 gid=0",
                "`./\\400`: three octal digits expected behind a backslash",
            ),
        ] {
            assert_eq!(
                parse(&format!("#mtree\n{line}\n")),
                Err((2, problem.to_owned())),
                "{line}"
            );
        }
        assert_eq!(parse("./a type=file\n"), Err((1, "`#mtree` expected".to_owned())));
        let twice = "#mtree\n./a type=fifo mode=0640 uid=0 gid=0\n./a type=fifo mode=0640 uid=0 gid=0\n";
        assert_eq!(parse(twice), Err((3, "`/a` is named twice".to_owned())));
    }

    #[test]
    fn a_link_is_not_replaced_by_the_manifest() {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("owners");
        assert!(read(&path).expect("read").is_none());
        let manifest = Manifest::from([("/etc/shadow".to_owned(), shadow())]);
        write(&path, &manifest).expect("write");
        assert_eq!(read(&path).expect("read"), Some(manifest.clone()));
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("owners", &link).expect("link");
        let error = write(&link, &manifest).expect_err("refused").to_string();
        assert_eq!(
            error,
            format!("cannot replace `{}`: a symbolic link is in the way", link.display())
        );
    }

    fn name() -> impl Strategy<Value = String> {
        "[^/\0]{1,8}".prop_filter("not a component", |name| name != "." && name != "..")
    }

    fn node() -> impl Strategy<Value = Node> {
        prop_oneof![
            Just(Node::File),
            Just(Node::Directory),
            "[^\0]{0,12}".prop_map(Node::Symlink),
            Just(Node::Fifo),
            (any::<u32>(), any::<u32>()).prop_map(|(major, minor)| Node::BlockDevice(major, minor)),
            (any::<u32>(), any::<u32>()).prop_map(|(major, minor)| Node::CharacterDevice(major, minor)),
        ]
    }

    fn entry() -> impl Strategy<Value = Entry> {
        (node(), 0..=0o7777_u32, any::<u32>(), any::<u32>()).prop_map(|(node, mode, uid, gid)| Entry {
            node,
            mode,
            uid,
            gid,
        })
    }

    proptest! {
        #[test]
        fn every_manifest_comes_back_as_it_was(
            manifest in proptest::collection::btree_map(
                proptest::collection::vec(name(), 0..4).prop_map(|names| format!("/{}", names.join("/"))),
                entry(),
                0..6,
            )
        ) {
            prop_assert_eq!(parse(&format(&manifest)), Ok(manifest));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "(#mtree\n)?[ -~\n]{0,80}") {
            let _ = parse(&text);
        }
    }
}
