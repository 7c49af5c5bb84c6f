//! What is found out of a place beyond its files.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use crate::prefix::{RESOLVERS, open};

#[test]
fn names_are_listed_through_links_that_stay_in_the_prefix() {
    for fallback in RESOLVERS {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("real")).unwrap();
        for name in ["b", "a", ".c"] {
            fs::write(root.join("real").join(name), "").unwrap();
        }
        symlink("/real", root.join("link")).unwrap();
        symlink("../../..", root.join("out")).unwrap();
        let prefix = open(&root, fallback);
        for path in ["/real", "/link", "/out/real"] {
            assert_eq!(prefix.list(path).unwrap(), [".c", "a", "b"], "{path}");
        }
        assert_eq!(prefix.list("/").unwrap(), ["link", "out", "real"]);
        assert_eq!(prefix.list("/out").unwrap(), ["link", "out", "real"]);
        for path in ["/missing", "/real/a", "/missing/x"] {
            assert_eq!(prefix.list(path).unwrap(), Vec::<String>::new(), "{path}");
        }
        for path in ["", "real", "/../x", "/real/"] {
            assert!(prefix.list(path).is_err(), "{path}");
        }
    }
}

#[test]
fn a_prefix_beneath_a_prefix_is_a_root_of_its_own() {
    for fallback in RESOLVERS {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("boot/EFI")).unwrap();
        fs::create_dir_all(folder.path().join("outside")).unwrap();
        symlink("/boot", root.join("efi")).unwrap();
        symlink("../outside", root.join("out")).unwrap();
        symlink("/EFI", root.join("boot/link")).unwrap();
        let prefix = open(&root, fallback);
        let beneath = prefix.open_beneath("/efi").unwrap();
        assert_eq!(beneath.list("/").unwrap(), ["EFI", "link"]);
        assert!(beneath.leads_to_directory("/link").unwrap());
        assert_eq!(beneath.path(), root.join("efi"));
        for path in ["/out", "/missing", "/boot/EFI/x", "boot"] {
            assert!(prefix.open_beneath(path).is_err(), "{path}");
        }
    }
}

#[test]
fn a_real_directory_has_no_links_in_its_path() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("persist/nix/store")).unwrap();
    symlink("/persist/nix", folder.path().join("nix")).unwrap();
    let prefix = open(folder.path(), false);
    let real = |path: &str| prefix.real_directory(path).unwrap();
    assert_eq!(real("/nix/store").as_deref(), Some("/persist/nix/store"));
    assert_eq!(real("/").as_deref(), Some("/"));
    assert_eq!(real("/nix/missing"), None);
}

#[test]
fn times_are_those_of_links_themselves() {
    let folder = tempfile::tempdir().unwrap();
    symlink("/nowhere", folder.path().join("link")).unwrap();
    let prefix = open(folder.path(), false);
    let found = fs::symlink_metadata(folder.path().join("link")).unwrap();
    assert_eq!(prefix.modified("/link").unwrap(), Some(found.mtime()));
    assert_eq!(prefix.modified("/missing/x").unwrap(), None);
}

#[test]
fn room_is_told_for_what_is_not_there_yet() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = open(folder.path(), false);
    let space = prefix.space("/").unwrap();
    assert!(space.block >= 512, "{space:?}");
    assert_eq!(prefix.space("/missing/deep/file").unwrap().block, space.block);
}
