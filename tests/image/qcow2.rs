//! QEMU's format, as qemu-img sees it.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

use image::qcow2::pack;

use crate::image::tools::run;

/// Bytes, and where they lie.
type Piece<'a> = (u64, &'a [u8]);

/// A raw image of `size` bytes with these pieces of data.
fn raw(path: &Path, size: u64, data: &[Piece]) {
    let file = File::create(path).unwrap();
    file.set_len(size).unwrap();
    for (at, bytes) in data {
        file.write_all_at(bytes, *at).unwrap();
    }
}

#[test]
fn the_packed_image_is_whole_and_the_same_as_the_raw_one() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("disk.raw"), folder.path().join("disk.qcow2"));
    let many = vec![0x5A; 3 << 20];
    let cases: [(u64, &[Piece]); 6] = [
        (512, &[]),
        (1 << 30, &[]),
        (1 << 20, &[(0, b"first"), ((1 << 20) - 4, b"last")]),
        // A disk that ends within a cluster.
        ((1 << 20) + 512, &[((1 << 20) + 508, b"last")]),
        // Data in the first and the last table of several, at odd places, and across two clusters.
        (
            5 << 30,
            &[(65530, b"across a border"), (100_000_000, &many), ((5 << 30) - 1, b"x")],
        ),
        (20 << 30, &[(19 << 30, &many)]),
    ];
    for (size, data) in cases {
        raw(&from, size, data);
        let bytes = pack(&from, &to).unwrap();
        assert_eq!(bytes, fs::metadata(&to).unwrap().len());
        let said = run("qemu-img", &[&"check", &"-f", &"qcow2", &to]);
        assert!(said.contains("No errors were found on the image."), "{said}");
        assert!(!said.contains("leaked"), "{said}");
        let said = run("qemu-img", &[&"compare", &"-f", &"raw", &"-F", &"qcow2", &from, &to]);
        assert!(said.contains("Images are identical."), "{said}");
        let said = run("qemu-img", &[&"info", &"-f", &"qcow2", &to]);
        assert!(
            said.contains(&format!("({size} bytes)")) && said.contains("compat: 1.1"),
            "{said}"
        );
        fs::remove_file(&to).unwrap();
    }
}

#[test]
fn only_what_holds_something_is_in_the_packed_image() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("disk.raw"), folder.path().join("disk.qcow2"));
    // Zeroes that are written are left out as well.
    raw(&from, 1 << 40, &[(1 << 30, b"data"), (2 << 30, &vec![0; 10 << 20])]);
    // The header, a cluster, its table, the tables of the whole, of 2,048 entries, and the counts.
    assert_eq!(pack(&from, &to).unwrap(), 6 * 65536);
}

#[test]
fn the_same_image_gives_the_same_bytes_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("disk.raw");
    raw(&from, 100 << 20, &[(12345, b"data"), (50 << 20, b"more")]);
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    pack(&from, &first).unwrap();
    pack(&from, &second).unwrap();
    assert!(fs::read(&first).unwrap() == fs::read(&second).unwrap());
    let error = pack(&from, &first).unwrap_err().to_string();
    assert_eq!(error, format!("cannot create `{}`: File exists", first.display()));
}
