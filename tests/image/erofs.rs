//! EROFS from a tree: as fsck.erofs and dump.erofs see it.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::Path;

use nix_system_installer::image::erofs::Options;
use nix_system_installer::prefix::owners::{Entry, Manifest, Node};

use crate::tools::{identity, run};

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
    let error = made.place(&path, (1 << 20, made.size - 1)).unwrap_err().to_string();
    assert!(error.ends_with(": 1 bytes more"), "{error}");
    made.place(&path, (1 << 20, made.size)).unwrap();
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
fn owners_and_modes_that_the_tree_does_not_have_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path(), false);
    let scratch = folder.path().with_extension("erofs");
    let build = |path: &str, node, mode, gid| {
        let entry = Entry {
            node,
            mode,
            uid: 0,
            gid,
        };
        let owners = Manifest::from([(path.to_owned(), entry)]);
        options(&[])
            .build(folder.path(), &owners, &scratch)
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    assert_eq!(build("/nix/store", Node::Directory, 0o755, 0), Ok(()));
    assert_eq!(build("/nix/link", Node::Symlink("store".to_owned()), 0o777, 0), Ok(()));
    let error = build("/nix/same", Node::File, 0o640, 42).unwrap_err();
    assert!(
        error.starts_with("`/nix/same` cannot belong to 0:42 with mode 0640 on erofs: "),
        "{error}"
    );
    assert!(build("/nix/store", Node::Directory, 0o1775, 0).is_err());
    assert!(!scratch.exists());
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
