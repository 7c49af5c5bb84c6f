//! That the size of an ext4 file system is computed, and not guessed: it always suffices, and little of it is wasted.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use image::ext4::{Maker, Options};
use prefix::owners::Manifest;

use crate::image::tools::{identity, try_run};

const MIB: u64 = 1 << 20;

/// Makes a file system of exactly the size that was computed, and says how much of it is left.
fn left_over(tree: &Path, free: u64, arguments: &[&str]) -> (u64, u64) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        mkfs: "/usr/sbin/mkfs.ext4".into(),
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        uuid: identity().uuid("root"),
        hash_seed: identity().uuid("hash seed of root"),
        time: 1,
    };
    let maker = Maker::new(&options, &folder.path().join("scratch")).unwrap();
    let contents = maker.measure(tree).unwrap();
    let size = maker.needed(&contents, free).unwrap();
    let image = folder.path().join("image");
    File::create(&image).unwrap().set_len(size).unwrap();
    let made = maker
        .make((tree, &contents), &Manifest::new(), &image, (0, size))
        .unwrap();
    let (ok, said) = try_run("e2fsck", &[&"-fn", &image]);
    assert!(ok, "{said}");
    eprintln!(
        "{arguments:?}: {size} bytes, {} free, {} of {} inodes free",
        made.free, made.free_inodes, made.inodes
    );
    assert!(
        made.free >= free,
        "{} bytes are free of {free} that were asked for",
        made.free
    );
    (size, made.free - free)
}

/// At most two mebibytes (one for the alignment, one for what is counted from above) and 1 % are wasted.
fn fits(tree: &Path, free: u64, arguments: &[&str]) {
    let (size, left) = left_over(tree, free, arguments);
    assert!(left <= 2 * MIB + size / 100, "{left} of {size} bytes are wasted");
}

#[test]
fn many_small_files_fit() {
    let tree = tempfile::tempdir().unwrap();
    for number in 0..20_000_u32 {
        let folder = tree.path().join(format!("package-{}/share", number / 300));
        fs::create_dir_all(&folder).unwrap();
        fs::write(
            folder.join(format!("some-file-name-{number}")),
            vec![1; number as usize * 13 % 20_000],
        )
        .unwrap();
    }
    fits(tree.path(), 0, &[]);
    fits(tree.path(), 100 * MIB, &[]);
    fits(tree.path(), 0, &["-b", "1024", "-O", "^extent,^64bit"]);
}

#[test]
fn one_large_file_fits() {
    let tree = tempfile::tempdir().unwrap();
    let mut file = File::create(tree.path().join("large")).unwrap();
    let mebibyte = vec![7; 1 << 20];
    for _ in 0..1024 {
        file.write_all(&mebibyte).unwrap();
    }
    fits(tree.path(), 0, &[]);
}

#[test]
fn links_and_deep_folders_fit() {
    let tree = tempfile::tempdir().unwrap();
    let mut folder = tree.path().to_owned();
    for number in 0..100 {
        folder = folder.join(format!("folder-{number}"));
        fs::create_dir(&folder).unwrap();
        for link in 0..50 {
            symlink("x".repeat(30 + 2 * link), folder.join(format!("link-{link}"))).unwrap();
        }
    }
    fits(tree.path(), 0, &[]);
}

#[test]
fn one_folder_with_long_names_fits() {
    let tree = tempfile::tempdir().unwrap();
    // A file system of less than 8 MiB would have no journal, and is not made.
    fs::write(tree.path().join("file"), vec![1; 10 << 20]).unwrap();
    for number in 0..1_500_u32 {
        let width = 1 + number as usize * 7 % 255;
        symlink("x", tree.path().join(format!("{number:0>width$}"))).unwrap();
    }
    fits(tree.path(), 0, &[]);
}

#[test]
fn files_full_of_holes_fit() {
    let tree = tempfile::tempdir().unwrap();
    for number in 0..20 {
        let mut file = File::create(tree.path().join(format!("{number}"))).unwrap();
        for _ in 0..500 {
            file.write_all(&[1; 4096]).unwrap();
            file.write_all(&[0; 4096]).unwrap();
        }
    }
    let (size, left) = left_over(tree.path(), 0, &[]);
    // What was counted for the holes is free.
    assert!(left >= 20 * 490 * 4096 && size < 100 * MIB, "{left} of {size}");
}
