//! EROFS from a tree: as fsck.erofs and dump.erofs see it.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::Path;

use image::erofs::Options;
use prefix::owners::{Entry, Manifest, Node};

use crate::image::tools::{identity, run};

fn options(arguments: &[&str]) -> Options {
    Options {
        mkfs: "/usr/bin/mkfs.erofs".into(),
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        uuid: identity().uuid("root"),
        time: 1,
    }
}

fn tree(folder: &Path, is_reversed: bool) {
    fs::create_dir_all(folder.join("nix/store")).unwrap();
    let mut numbers: Vec<u32> = (0..300).collect();
    if is_reversed {
        numbers.reverse();
    }
    for number in numbers {
        let path = folder.join(format!("nix/store/{number:032}-name"));
        fs::write(path, number.to_string().repeat(number as usize * 10)).unwrap();
    }
    symlink("store", folder.join("nix/link")).unwrap();
    fs::hard_link(
        folder.join(format!("nix/store/{:032}-name", 5)),
        folder.join("nix/same"),
    )
    .unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The image with the file system of `tree` at 1 MiB.
fn image(options: &Options, tree: &Path) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (scratch, path) = (folder.path().join("scratch"), folder.path().join("disk.raw"));
    let made = options.build(tree, &Manifest::new(), &scratch).unwrap();
    assert_eq!(made.size, fs::metadata(&scratch).unwrap().len());
    File::create(&path).unwrap().set_len((1 << 20) + made.size).unwrap();
    let error = made.copy_into(&path, (1 << 20, made.size - 1)).unwrap_err().to_string();
    assert!(error.ends_with(": 1 bytes more"), "{error}");
    made.copy_into(&path, (1 << 20, made.size)).unwrap();
    drop(made);
    assert!(!scratch.exists());
    fs::read(path).unwrap()[1 << 20..].to_vec()
}

#[test]
fn the_file_system_is_whole_and_holds_the_tree() {
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path(), false);
    for arguments in [&[][..], &["-zlz4hc"]] {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file()
            .write_all_at(&image(&options(arguments), folder.path()), 0)
            .unwrap();
        let out = tempfile::tempdir().unwrap();
        let to = format!("--extract={}", out.path().display());
        run("fsck.erofs", &[&to, &"--overwrite", &file.path()]);
        let said = run(
            "diff",
            &[&"--recursive", &"--no-dereference", &folder.path(), &out.path()],
        );
        assert_eq!(said, "");
        let said = run("dump.erofs", &[&"-s", &file.path()]);
        assert!(said.contains(&identity().uuid("root").to_string()), "{said}");
        let said = run("dump.erofs", &[&"--path=/nix/link", &file.path()]);
        assert!(said.contains("Uid: 0   Gid: 0"), "{said}");
        assert!(said.contains("Timestamp: 1970-01-01 00:00:01"), "{said}");
    }
}

#[test]
fn the_same_tree_gives_the_same_bytes_wherever_it_lies() {
    let images = [("/tmp", false), ("/dev/shm", true)].map(|(parent, is_reversed)| {
        let folder = tempfile::tempdir_in(parent).unwrap();
        tree(folder.path(), is_reversed);
        image(&options(&[]), folder.path())
    });
    assert!(images[0] == images[1]);
}

#[test]
fn everything_is_roots_but_what_the_manifest_names() {
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path(), false);
    // Directories of several blocks, and of one that is full.
    for (name, count) in [("many", 1000), ("few", 100)] {
        fs::create_dir(folder.path().join(name)).unwrap();
        for number in 0..count {
            fs::write(folder.path().join(format!("{name}/file-{number}")), "x").unwrap();
        }
    }
    std::os::unix::fs::chown(folder.path().join("nix/store"), Some(1234), None).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let entry = |node, mode, uid, gid| Entry { node, mode, uid, gid };
    let owners = Manifest::from([
        ("/many/file-999".to_owned(), entry(Node::File, 0o640, 0, 42)),
        ("/few".to_owned(), entry(Node::Directory, 0o1777, 1000, 100)),
        ("/few/file-0".to_owned(), entry(Node::File, 0o4711, 65535, 65534)),
        (
            "/nix/link".to_owned(),
            entry(Node::Symlink("store".to_owned()), 0o777, 5, 6),
        ),
    ]);
    for arguments in [&[][..], &["-zlz4hc"], &["-Eforce-inode-extended"]] {
        let scratch = folder.path().with_extension("erofs");
        let made = options(arguments).build(folder.path(), &owners, &scratch).unwrap();
        for (path, owner, mode) in [
            ("/", "Uid: 0   Gid: 0", "0755"),
            ("/nix/store", "Uid: 0   Gid: 0", "0755"),
            ("/many/file-999", "Uid: 0   Gid: 42", "0640"),
            ("/many/file-1", "Uid: 0   Gid: 0", "0644"),
            ("/few", "Uid: 1000   Gid: 100", "0777"),
            ("/few/file-0", "Uid: 65535   Gid: 65534", "0711"),
            ("/nix/link", "Uid: 5   Gid: 6", "0777"),
        ] {
            let said = run("dump.erofs", &[&format!("--path={path}"), &scratch]);
            assert!(said.contains(owner), "{path} with {arguments:?}: {said}");
            assert!(
                said.contains(&format!("Access: {mode}/")),
                "{path} with {arguments:?}: {said}"
            );
        }
        // It compares the checksum too.
        let out = tempfile::tempdir().unwrap();
        let to = format!("--extract={}", out.path().display());
        run(
            "fsck.erofs",
            &[
                &to,
                &"--overwrite",
                &"--preserve-perms",
                &"--no-preserve-owner",
                &scratch,
            ],
        );
        let bits = |path: &str| fs::metadata(out.path().join(path)).unwrap().permissions().mode() & 0o7777;
        assert_eq!(
            ["few", "few/file-0", "many/file-999"].map(bits),
            [0o1777, 0o4711, 0o640]
        );
        drop(made);
    }
}

#[test]
fn what_the_manifest_names_and_erofs_cannot_give_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path(), false);
    let scratch = folder.path().with_extension("erofs");
    for (path, node, uid, error) in [
        (
            "/nix/none",
            Node::File,
            0,
            "the owners manifest names `/nix/none`, and there is no such regular file",
        ),
        (
            "/nix/same",
            Node::Directory,
            0,
            "the owners manifest names `/nix/same`, and there is no such directory",
        ),
        (
            "/nix/same/x",
            Node::File,
            0,
            "the owners manifest names `/nix/same/x`, and there is no such regular file",
        ),
        (
            "/nix/same",
            Node::File,
            70000,
            "`/nix/same` cannot belong to 70000:7 on erofs as mkfs.erofs makes it: there numbers go to 65535",
        ),
    ] {
        let entry = Entry {
            node,
            mode: 0o600,
            uid,
            gid: 7,
        };
        let owners = Manifest::from([(path.to_owned(), entry)]);
        let found = options(&[])
            .build(folder.path(), &owners, &scratch)
            .map(|_| ())
            .unwrap_err();
        assert_eq!(found.to_string(), error);
        assert!(!scratch.exists());
    }
}

#[test]
fn arguments_that_would_make_something_else_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for argument in ["-T5", "--force-uid=5", "--exclude-path=/nix", "/etc"] {
        let scratch = folder.path().join("scratch");
        let error = options(&[argument])
            .build(folder.path(), &Manifest::new(), &scratch)
            .map(|_| ())
            .unwrap_err();
        let expected = format!("mkfs.erofs cannot take `{argument}` here: the image builder decides that");
        assert_eq!(error.to_string(), expected);
    }
}
