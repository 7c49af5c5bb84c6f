//! ext4 from a tree: as e2fsck and debugfs see it.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use image::ext4::{Error, Maker, Options};
use prefix::owners::{Entry, Manifest, Node};
use tempfile::TempDir;

use crate::image::tools::{identity, run, try_run};

const MIB: u64 = 1 << 20;
const OFFSET: u64 = 3 * MIB;

fn options(arguments: &[&str]) -> Options {
    Options {
        mkfs: "/usr/sbin/mkfs.ext4".into(),
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        uuid: identity().uuid("root"),
        hash_seed: identity().uuid("hash seed of root"),
        time: 1,
    }
}

/// A tree with one of everything, made in an order that depends on `is_reversed`.
fn tree(folder: &Path, is_reversed: bool) {
    fs::create_dir_all(folder.join("etc/deep/er")).unwrap();
    fs::create_dir_all(folder.join("nix/store")).unwrap();
    let mut numbers: Vec<u32> = (0..500).collect();
    if is_reversed {
        numbers.reverse();
    }
    for number in numbers {
        fs::write(
            folder.join(format!("nix/store/{number:032}-name")),
            number.to_string().repeat(100),
        )
        .unwrap();
    }
    fs::write(folder.join("etc/shadow"), "root:!:1::::::\n").unwrap();
    fs::write(folder.join("etc/deep/er/file"), vec![0x55; 3_000_000]).unwrap();
    fs::hard_link(folder.join("etc/shadow"), folder.join("etc/shadow-")).unwrap();
    symlink("shadow", folder.join("etc/short")).unwrap();
    symlink("x".repeat(200), folder.join("etc/long")).unwrap();
    fs::set_permissions(folder.join("etc/deep"), fs::Permissions::from_mode(0o2750)).unwrap();
    fs::set_permissions(folder.join("etc/shadow"), fs::Permissions::from_mode(0o600)).unwrap();
    let sparse = File::create(folder.join("etc/sparse")).unwrap();
    sparse.set_len(5_000_000).unwrap();
}

fn owners() -> Manifest {
    let entry = |node, mode, uid, gid| Entry { node, mode, uid, gid };
    Manifest::from([
        ("/".to_owned(), entry(Node::Directory, 0o751, 0, 7)),
        ("/etc/deep/er/file".to_owned(), entry(Node::File, 0o4711, 1000, 100)),
        (
            "/etc/deep/er".to_owned(),
            entry(Node::Directory, 0o1777, 70000, 0x12_3456),
        ),
        ("/etc/shadow".to_owned(), entry(Node::File, 0o640, 0, 42)),
        (
            "/etc/short".to_owned(),
            entry(Node::Symlink("shadow".to_owned()), 0o777, 5, 6),
        ),
    ])
}

struct Image {
    path: PathBuf,
    _folder: TempDir,
}

impl Image {
    fn new(options: &Options, tree: &Path, size: u64, owners: &Manifest) -> Result<Self, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk.raw");
        File::create(&path).unwrap().set_len(OFFSET + size + MIB).unwrap();
        let maker = Maker::new(options, &folder.path().join("scratch"))?;
        let contents = maker.measure(tree)?;
        maker.make((tree, &contents), owners, &path, (OFFSET, size))?;
        assert!(!folder.path().join("scratch").exists());
        Ok(Self { path, _folder: folder })
    }

    fn address(&self) -> String {
        format!("{}?offset={OFFSET}", self.path.display())
    }

    fn is_clean(&self) {
        let (ok, said) = try_run("e2fsck", &[&"-fn", &self.address()]);
        assert!(ok, "{said}");
    }

    /// `mode (kind) uid gid size` of a file.
    fn stat(&self, path: &str) -> Vec<String> {
        let said = run("debugfs", &[&"-R", &format!("stat {path}"), &self.address()]);
        let word = |key: &str| {
            let rest = said.split(key).nth(1).unwrap_or_else(|| panic!("{key} in {said}"));
            rest.split_whitespace().next().unwrap().to_owned()
        };
        vec![
            word("Type: "),
            word("Mode:"),
            word("User:"),
            word("Group:"),
            word("Links: "),
        ]
    }
}

fn a_tree() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path(), false);
    folder
}

#[test]
fn everything_is_roots_but_what_the_manifest_names() {
    let tree = a_tree();
    for path in ["etc", "etc/shadow", "etc/long", "nix/store"] {
        std::os::unix::fs::lchown(tree.path().join(path), Some(1234), Some(70000)).unwrap();
    }
    for arguments in [
        &[][..],
        &["-O", "^metadata_csum"],
        &["-O", "^64bit"],
        &["-I", "128"],
        &["-O", "^extent,^64bit"],
        &["-b", "1024"],
    ] {
        let image = Image::new(&options(arguments), tree.path(), 64 * MIB, &owners()).unwrap();
        image.is_clean();
        for (path, stat) in [
            ("/", ["directory", "0751", "0", "7", "5"]),
            ("/etc", ["directory", "0755", "0", "0", "3"]),
            ("/etc/deep", ["directory", "02750", "0", "0", "3"]),
            ("/etc/deep/er", ["directory", "01777", "70000", "1193046", "2"]),
            ("/etc/deep/er/file", ["regular", "04711", "1000", "100", "1"]),
            ("/etc/shadow", ["regular", "0640", "0", "42", "2"]),
            ("/etc/shadow-", ["regular", "0640", "0", "42", "2"]),
            ("/etc/long", ["symlink", "0777", "0", "0", "1"]),
            ("/etc/short", ["symlink", "0777", "5", "6", "1"]),
            ("/nix/store", ["directory", "0755", "0", "0", "2"]),
        ] {
            assert_eq!(image.stat(path), stat, "{path} with {arguments:?}");
        }
    }
}

#[test]
fn every_time_is_the_one_that_was_asked_for() {
    let image = Image::new(&options(&[]), a_tree().path(), 64 * MIB, &Manifest::new()).unwrap();
    for path in ["/", "/etc/shadow", "/etc/short", "<8>", "/lost+found"] {
        let said = run("debugfs", &[&"-R", &format!("stat {path}"), &image.address()]);
        let times: Vec<&str> = said.lines().filter(|line| line.contains("time: ")).collect();
        assert_eq!(times.len(), 4, "{said}");
        assert!(
            times.iter().all(|line| line.contains("time: 0x00000001:00000000 ")),
            "{path}: {times:?}"
        );
    }
    let said = run("dumpe2fs", &[&"-h", &image.address()]);
    assert!(
        said.contains("Filesystem created:       Thu Jan  1 00:00:01 1970"),
        "{said}"
    );
}

#[test]
fn contents_come_back_as_they_were() {
    let tree = a_tree();
    let image = Image::new(&options(&[]), tree.path(), 64 * MIB, &owners()).unwrap();
    let out = tempfile::tempdir().unwrap();
    run(
        "debugfs",
        &[&"-R", &format!("rdump / {}", out.path().display()), &image.address()],
    );
    fs::remove_dir(out.path().join("lost+found")).unwrap();
    let said = run(
        "diff",
        &[&"--recursive", &"--no-dereference", &tree.path(), &out.path()],
    );
    assert_eq!(said, "");
}

#[test]
fn the_same_tree_gives_the_same_bytes_wherever_and_whenever_it_was_made() {
    let first = a_tree();
    let images: Vec<Vec<u8>> = [
        (first.path().parent().unwrap(), 0, 0),
        (Path::new("/dev/shm"), 1_500_000_000, 4321),
    ]
    .into_iter()
    .zip([false, true])
    .map(|((parent, time, owner), is_reversed)| {
        let folder = tempfile::tempdir_in(parent).unwrap();
        let path = folder.path().join("some/where");
        tree(&path, is_reversed);
        let path_text = path.to_str().unwrap();
        run(
            "find",
            &[
                &path_text,
                &"-exec",
                &"touch",
                &"-h",
                &"-d",
                &format!("@{time}"),
                &"{}",
                &"+",
            ],
        );
        if owner != 0 {
            run("chown", &[&"-hR", &format!("{owner}"), &path_text]);
            // What chown takes away.
            fs::set_permissions(path.join("etc/deep"), fs::Permissions::from_mode(0o2750)).unwrap();
        }
        let image = Image::new(&options(&["-L", "root"]), &path, 64 * MIB, &owners()).unwrap();
        fs::read(&image.path).unwrap()
    })
    .collect();
    let differ = images[0].iter().zip(&images[1]).position(|(a, b)| a != b);
    assert_eq!(differ, None, "at that byte");
}

#[test]
fn what_holds_nothing_stays_a_hole() {
    let image = Image::new(&options(&[]), a_tree().path(), 2048 * MIB, &owners()).unwrap();
    image.is_clean();
    let used = fs::metadata(&image.path).unwrap().blocks() * 512;
    assert!(used < 8 * MIB, "{used}");
}

#[test]
fn the_plans_arguments_win() {
    let image = Image::new(
        &options(&["-L", "system", "-N", "9000", "-m0", "-E", "stride=4"]),
        a_tree().path(),
        64 * MIB,
        &owners(),
    );
    let said = run("dumpe2fs", &[&"-h", &image.unwrap().address()]);
    let is = |key: &str, value: &str| {
        let line = said
            .lines()
            .find(|line| line.starts_with(key))
            .unwrap_or_else(|| panic!("{key}: {said}"));
        assert!(line.ends_with(value), "{line}");
    };
    is("Filesystem volume name:", " system");
    is("Filesystem UUID:", &identity().uuid("root").to_string());
    is(
        "Directory Hash Seed:",
        &identity().uuid("hash seed of root").to_string(),
    );
    is("Inode count:", " 9008");
    is("Reserved block count:", " 0");
    is("RAID stride:", " 4");
}

#[test]
fn what_does_not_fit_is_refused_with_the_size_that_does() {
    let tree = a_tree();
    fs::write(tree.path().join("large"), vec![1; 40 * 1024 * 1024]).unwrap();
    let Err(Error::TooSmall { size, needed }) = Image::new(&options(&[]), tree.path(), 40 * MIB, &owners()).map(|_| ())
    else {
        panic!("it fits")
    };
    assert_eq!(size, 40 * MIB);
    Image::new(&options(&[]), tree.path(), needed, &owners())
        .unwrap()
        .is_clean();
    assert!(Image::new(&options(&[]), tree.path(), needed - MIB, &owners()).is_err());
    let error = Image::new(&options(&[]), tree.path(), 0, &owners())
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("the file system has 0 bytes, but its contents need 5"),
        "{error}"
    );
    let error = Image::new(&options(&["-N", "400"]), tree.path(), 64 * MIB, &owners())
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(error.ends_with(" more"), "{error}");
    assert!(
        error.starts_with("mkfs.ext4 with these arguments makes 389 inodes, but there are 51"),
        "{error}"
    );
}

#[test]
fn a_partition_whose_journal_would_take_the_room_of_its_contents_gets_a_smaller_file_system() {
    let tree = tempfile::tempdir().unwrap();
    fs::write(tree.path().join("large"), vec![1; 120 << 20]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let maker = Maker::new(&options(&[]), &folder.path().join("scratch")).unwrap();
    let contents = maker.measure(tree.path()).unwrap();
    let needed = maker.needed(&contents, 0).unwrap();
    // From 128 MiB on it has four times the size.
    assert!(needed < 128 * MIB, "{needed}");
    let path = folder.path().join("image");
    File::create(&path).unwrap().set_len(128 * MIB).unwrap();
    let made = maker
        .make((tree.path(), &contents), &Manifest::new(), &path, (0, 128 * MIB))
        .unwrap();
    assert_eq!(made.size, needed);
    run("e2fsck", &[&"-fn", &path]);
}

#[test]
fn a_release_that_knows_fewer_options_is_asked_for_what_it_knows() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("mkfs.ext4");
    let refuse = "case $* in *assume_storage_prezeroed*|*no_copy_xattrs*) echo unknown >&2; exit 1;; esac";
    fs::write(&old, format!("#!/bin/sh\n{refuse}\nexec /usr/sbin/mkfs.ext4 \"$@\"\n")).unwrap();
    fs::set_permissions(&old, fs::Permissions::from_mode(0o755)).unwrap();
    let options = Options {
        mkfs: old,
        ..options(&[])
    };
    let image = Image::new(&options, a_tree().path(), 64 * MIB, &owners()).unwrap();
    image.is_clean();
    assert_eq!(image.stat("/etc/shadow"), ["regular", "0640", "0", "42", "2"]);
}

#[test]
fn a_manifest_that_names_what_is_not_there_is_an_error() {
    let tree = a_tree();
    for (path, node, error) in [
        (
            "/etc/none",
            Node::File,
            "the owners manifest names `/etc/none`, and there is no such regular file",
        ),
        (
            "/etc/deep",
            Node::File,
            "the owners manifest names `/etc/deep`, and there is no such regular file",
        ),
        (
            "/etc/shadow/x",
            Node::Directory,
            "the owners manifest names `/etc/shadow/x`, and there is no such directory",
        ),
        (
            "/dev/null",
            Node::CharacterDevice(1, 3),
            "the owners manifest names `/dev/null`, and there is no such character device",
        ),
    ] {
        let entry = Entry {
            node,
            mode: 0o600,
            uid: 0,
            gid: 0,
        };
        let owners = Manifest::from([(path.to_owned(), entry)]);
        let found = Image::new(&options(&[]), tree.path(), 64 * MIB, &owners)
            .map(|_| ())
            .unwrap_err();
        assert_eq!(found.to_string(), error);
    }
}

#[test]
fn what_mkfs_says_when_it_fails_is_passed_on() {
    let error = |arguments: &[&str]| {
        let scratch = tempfile::tempdir().unwrap();
        Maker::new(&options(arguments), &scratch.path().join("scratch"))
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    let said = error(&["-O", "nonsense"]);
    assert!(
        said.starts_with("`/usr/sbin/mkfs.ext4` failed (exit status: 1): "),
        "{said}"
    );
    assert!(said.contains("Invalid filesystem option set: nonsense"), "{said}");
    assert_eq!(
        error(&["-O", "inline_data"]),
        "cannot make an ext4 file system with the feature `inline_data`: the image builder does not know it"
    );
}
