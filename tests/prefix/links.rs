//! Links that someone planted in the prefix: wherever they are and wherever they lead, nothing outside changes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use prefix::{Error, Kind, Prefix};
use rustix::fs::{CWD, Mode};

use crate::prefix::{RESOLVERS, is_root, open, own_ids, write};

/// The path that everything is tried on, and its components.
const PATH: &str = "/a/b/c/file";

/// A folder with a prefix in it, and the same tree once more outside of the prefix.
struct Stage {
    dir: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for tree in ["prefix", "outside"] {
            fs::create_dir_all(dir.path().join(tree).join("a/b/c")).unwrap();
            fs::write(dir.path().join(tree).join("a/b/c/file"), "old").unwrap();
        }
        fs::create_dir(dir.path().join("outside/empty")).unwrap();
        Self { dir }
    }

    fn prefix(&self) -> PathBuf {
        self.dir.path().join("prefix")
    }

    fn outside(&self) -> PathBuf {
        self.dir.path().join("outside")
    }
}

/// All that could change in a tree: by path, what it is, its mode, owner, change time and contents.
fn snapshot(root: &Path) -> BTreeMap<PathBuf, (u32, u32, i64, i64, Vec<u8>)> {
    let mut all = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(path) = waiting.pop() {
        let meta = fs::symlink_metadata(&path).unwrap();
        let contents = if meta.is_file() {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        if meta.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        all.insert(
            path,
            (meta.mode(), meta.uid(), meta.ctime(), meta.ctime_nsec(), contents),
        );
    }
    all
}

/// Tries every operation; how many of them changed something or read something.
fn try_everything(prefix: &Prefix) -> usize {
    let (uid, gid) = own_ids();
    let file = |contents: &'static str| prefix.stage_file(PATH, &mut Cursor::new(contents), 0o600, (uid, gid));
    [
        prefix.read(PATH).is_ok_and(|found| found.is_some()),
        prefix.hash(PATH).is_ok_and(|found| found.is_some()),
        file("new").and_then(|staged| prefix.commit(staged)).is_ok(),
        prefix
            .stage_symlink(PATH, "x")
            .and_then(|staged| prefix.commit(staged))
            .is_ok(),
        prefix.make_directory("/a/b/c/new", 0o755).is_ok(),
        prefix.set_mode("/a/b/c", 0o711).is_ok(),
        prefix.set_owner("/a/b/c", uid, gid).is_ok(),
        prefix.lock("/a/b/c").is_ok(),
        file("left").is_ok(),
        prefix.discard_leftover(PATH).is_ok(),
        prefix.inspect(PATH).is_ok_and(|found| found.is_some()) && prefix.remove_file(PATH).is_ok(),
        prefix
            .remove_directory_if_empty("/a/b/c/new")
            .is_ok_and(|removed| removed),
        prefix.device(PATH).is_ok(),
        prefix.file_system(PATH).is_ok(),
    ]
    .into_iter()
    .filter(|done| *done)
    .count()
}

#[test]
fn in_a_clean_prefix_every_operation_works() {
    for fallback in RESOLVERS {
        let stage = Stage::new();
        let before = snapshot(&stage.prefix());
        assert_eq!(try_everything(&open(&stage.prefix(), fallback)), 14);
        assert_ne!(before, snapshot(&stage.prefix()), "the snapshot sees what happens");
    }
}

#[test]
fn a_planted_link_at_any_component_never_leads_outside() {
    let absolute = |stage: &Stage, rest: &str| format!("{}{rest}", stage.outside().display());
    for fallback in RESOLVERS {
        for depth in 0..4 {
            for kind in 0..9 {
                let stage = Stage::new();
                let names: Vec<&str> = PATH[1..].split('/').take(depth + 1).collect();
                let place = stage.prefix().join(names.join("/"));
                let inner = names.join("/");
                let up = "../".repeat(12);
                let target = match kind {
                    0 => absolute(&stage, &format!("/{inner}")),
                    1 => format!("{}outside/{inner}", "../".repeat(depth + 1)),
                    2 => format!("{up}{}", &absolute(&stage, &format!("/{inner}"))[1..]),
                    3 => format!("/proc/self/root{}", absolute(&stage, &format!("/{inner}"))),
                    4 => format!("/proc/self/cwd/{up}{}", &absolute(&stage, &format!("/{inner}"))[1..]),
                    5 => "missing".to_owned(),
                    6 => names[depth].to_owned(),
                    7 => absolute(&stage, "/empty"),
                    _ => "..".to_owned(),
                };
                if depth == 3 {
                    fs::remove_file(&place).unwrap();
                } else {
                    fs::remove_dir_all(&place).unwrap();
                }
                symlink(&target, &place).unwrap();
                let before = snapshot(&stage.outside());
                let prefix = open(&stage.prefix(), fallback);
                try_everything(&prefix);
                prefix.sync().unwrap();
                assert_eq!(
                    before,
                    snapshot(&stage.outside()),
                    "{place:?} -> {target}, fallback: {fallback}"
                );
            }
        }
    }
}

#[test]
fn a_magic_link_of_a_real_procfs_is_not_followed() {
    for fallback in RESOLVERS {
        // `/` as the prefix has a procfs in it.
        let prefix = open(Path::new("/"), fallback);
        if !Path::new("/proc/self/root").exists() {
            skipped!("/proc is not mounted");
            return;
        }
        for path in ["/proc/self/root/etc", "/proc/self/cwd/x", "/proc/thread-self/fd/0/x"] {
            let error = prefix.inspect(path).unwrap_err();
            assert_eq!(
                error.errno(),
                Some(rustix::io::Errno::LOOP),
                "{path}, fallback: {fallback}"
            );
        }
    }
}

#[test]
fn a_link_inside_is_followed_as_the_system_itself_would() {
    for fallback in RESOLVERS {
        let stage = Stage::new();
        let root = stage.prefix();
        fs::create_dir_all(root.join("usr/lib")).unwrap();
        symlink("usr/lib", root.join("lib")).unwrap();
        symlink("/usr/lib", root.join("absolute")).unwrap();
        symlink("../../../../usr/../usr/lib", root.join("a/above")).unwrap();
        let prefix = open(&root, fallback);
        for path in ["/lib/x", "/absolute/y", "/a/above/z"] {
            write(&prefix, path, path).unwrap();
            let name = path.rsplit_once('/').unwrap().1;
            assert_eq!(fs::read_to_string(root.join("usr/lib").join(name)).unwrap(), path);
            assert!(prefix.leads_to_directory(path.rsplit_once('/').unwrap().0).unwrap());
        }
        assert_eq!(prefix.file_system("/lib/x").unwrap().top, "/");
        assert!(!prefix.leads_to_directory("/lib/x").unwrap());
    }
}

#[test]
fn a_link_that_a_stranger_could_have_moved_is_not_followed() {
    if !is_root() {
        skipped!("only root has strangers");
        return;
    }
    // Whose the folder of the link is, its group and its mode; and whether the link is followed.
    for (uid, gid, mode, follows) in [
        (0, 0, 0o755, true),
        (0, 0, 0o775, true),
        (1500, 0, 0o755, false),
        (0, 1500, 0o775, false),
        (0, 1500, 0o755, true),
        (0, 0, 0o757, false),
        (0, 0, 0o1777, false),
    ] {
        for (fallback, below) in RESOLVERS
            .into_iter()
            .flat_map(|fallback| [(fallback, ""), (fallback, "/of-roots")])
        {
            let stage = Stage::new();
            let root = stage.prefix();
            let folder = root.join("folder");
            fs::create_dir_all(folder.join("of-roots")).unwrap();
            for place in ["link", "of-roots/link"] {
                symlink("/a", folder.join(place)).unwrap();
            }
            chown(&folder, Some(uid), Some(gid)).unwrap();
            fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
            let prefix = open(&root, fallback);
            let path = format!("/folder{below}/link/b");
            let what = format!("{uid} {gid} {mode:o} {path}, fallback: {fallback}");
            match prefix.inspect(&path) {
                Ok(found) => assert!(follows && found.is_some(), "{what}"),
                Err(Error::ForeignLink { .. }) => assert!(!follows, "{what}"),
                Err(error) => panic!("{what}: {error}"),
            }
        }
    }
}

#[test]
fn forty_links_are_followed_and_one_more_is_a_loop() {
    for fallback in RESOLVERS {
        let stage = Stage::new();
        let root = stage.prefix();
        symlink("a", root.join("l1")).unwrap();
        for n in 2..=41 {
            symlink(format!("l{}", n - 1), root.join(format!("l{n}"))).unwrap();
        }
        let prefix = open(&root, fallback);
        assert!(prefix.inspect("/l40/b").unwrap().is_some(), "fallback: {fallback}");
        let error = prefix.inspect("/l41/b").unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "cannot look at `{}/l41/b`: Too many levels of symbolic links",
                root.display()
            )
        );
    }
}

#[test]
fn a_fifo_socket_or_device_in_the_way_is_an_error_and_stays() {
    for fallback in RESOLVERS {
        let stage = Stage::new();
        let root = stage.prefix();
        rustix::fs::mkfifoat(CWD, root.join("fifo"), Mode::from_raw_mode(0o600)).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
        let mut all = vec![("fifo", "FIFO"), ("socket", "socket"), ("a", "directory")];
        let node = rustix::fs::mknodat(
            CWD,
            root.join("null"),
            rustix::fs::FileType::CharacterDevice,
            Mode::from_raw_mode(0o600),
            rustix::fs::makedev(1, 3),
        );
        match node {
            Ok(()) => all.push(("null", "character device")),
            Err(errno) => skipped!("no device nodes here: {errno}"),
        }
        let prefix = open(&root, fallback);
        for (name, what) in all {
            let path = format!("/{name}");
            let error = write(&prefix, &path, "x").unwrap_err().to_string();
            assert_eq!(
                error,
                format!("cannot replace `{}/{name}`: a {what} is in the way", root.display())
            );
            let error = prefix.read(&path).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("cannot read `{}/{name}`: a {what} is in the way", root.display())
            );
            prefix.discard_leftover(&path).unwrap();
            if what != "directory" {
                assert_eq!(prefix.inspect(&path).unwrap().unwrap().kind, Kind::Other(what));
                let error = prefix.make_directory(&path, 0o755).unwrap_err().to_string();
                assert_eq!(
                    error,
                    format!(
                        "cannot create directory `{}/{name}`: a {what} is in the way",
                        root.display()
                    )
                );
            }
        }
        assert!(fs::symlink_metadata(root.join("fifo")).unwrap().file_type().is_fifo());
        assert_eq!(
            fs::read_dir(&root)
                .unwrap()
                .filter(|e| e.as_ref().unwrap().path().ends_with("tmp"))
                .count(),
            0
        );
    }
}
