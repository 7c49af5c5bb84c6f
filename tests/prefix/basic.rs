//! What is done with files, links and directories.

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use prefix::{Committed, Granted, Kind};

use crate::prefix::{RESOLVERS, open, own_ids, write};

#[test]
fn a_file_gets_its_contents_mode_and_owner_whatever_the_umask() {
    for fallback in RESOLVERS {
        let dir = tempfile::tempdir().unwrap();
        let prefix = open(dir.path(), fallback);
        prefix.make_directory("/etc", 0o777).unwrap();
        let staged = prefix
            .stage_file("/etc/motd", &mut Cursor::new("hello"), 0o4666, own_ids())
            .unwrap();
        assert_eq!((staged.owner, staged.mode), (Granted::Yes, Granted::Yes));
        assert_eq!(
            prefix.inspect("/etc/motd").unwrap(),
            None,
            "not there before the commit"
        );
        assert_eq!(prefix.commit(staged).unwrap(), Committed::Done);
        prefix.sync().unwrap();
        let found = prefix.inspect("/etc/motd").unwrap().unwrap();
        assert_eq!(
            (found.kind, found.mode, found.uid, found.size),
            (Kind::File, 0o4666, own_ids().0, 5)
        );
        assert_eq!(prefix.inspect("/etc").unwrap().unwrap().mode, 0o777);
        assert_eq!(prefix.read("/etc/motd").unwrap().unwrap(), b"hello");
        assert_eq!(
            fs::read_dir(dir.path().join("etc")).unwrap().count(),
            1,
            "no temporary is left"
        );
    }
}

#[test]
fn nothing_is_found_where_a_parent_is_missing_or_a_file() {
    for fallback in RESOLVERS {
        let dir = tempfile::tempdir().unwrap();
        let prefix = open(dir.path(), fallback);
        write(&prefix, "/file", "").unwrap();
        for path in ["/missing", "/missing/below", "/file/below", "/file/further/below"] {
            assert_eq!(prefix.inspect(path).unwrap(), None, "{path}");
            assert_eq!(prefix.read(path).unwrap(), None, "{path}");
            assert_eq!(prefix.hash(path).unwrap(), None, "{path}");
            assert_eq!(prefix.remove_file(path).unwrap(), Committed::Done, "{path}");
            assert!(!prefix.remove_directory_if_empty(path).unwrap(), "{path}");
        }
    }
}

#[test]
fn a_hard_linked_file_is_replaced_and_its_other_name_keeps_the_old_contents() {
    let dir = tempfile::tempdir().unwrap();
    let prefix = open(dir.path(), false);
    fs::write(dir.path().join("other"), "old").unwrap();
    fs::hard_link(dir.path().join("other"), dir.path().join("name")).unwrap();
    assert_eq!(prefix.inspect("/name").unwrap().unwrap().links, 2);
    write(&prefix, "/name", "new").unwrap();
    assert_eq!(fs::read_to_string(dir.path().join("name")).unwrap(), "new");
    assert_eq!(fs::read_to_string(dir.path().join("other")).unwrap(), "old");
}

#[test]
fn a_final_link_is_replaced_not_followed() {
    for fallback in RESOLVERS {
        let dir = tempfile::tempdir().unwrap();
        let prefix = open(dir.path(), fallback);
        fs::write(dir.path().join("target"), "old").unwrap();
        symlink("target", dir.path().join("link")).unwrap();
        assert_eq!(
            prefix.inspect("/link").unwrap().unwrap().kind,
            Kind::Symlink("target".to_owned())
        );
        let error = prefix.read("/link").unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "cannot read `{}/link`: a symbolic link is in the way",
                dir.path().display()
            )
        );
        write(&prefix, "/link", "new").unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("target")).unwrap(), "old");
        assert!(fs::symlink_metadata(dir.path().join("link")).unwrap().is_file());
        let staged = prefix.stage_symlink("/link", "target").unwrap();
        prefix.commit(staged).unwrap();
        assert_eq!(fs::read_link(dir.path().join("link")).unwrap(), Path::new("target"));
    }
}

#[test]
fn a_parent_that_becomes_another_link_is_noticed() {
    for fallback in RESOLVERS {
        let dir = tempfile::tempdir().unwrap();
        let prefix = open(dir.path(), fallback);
        prefix.make_directory("/two", 0o755).unwrap();
        symlink(".", dir.path().join("link")).unwrap();
        write(&prefix, "/link/file", "one").unwrap();
        // The link changes by way of itself.
        let staged = prefix.stage_symlink("/link/link", "two").unwrap();
        prefix.commit(staged).unwrap();
        write(&prefix, "/link/file", "two").unwrap();
        assert_eq!(prefix.read("/file").unwrap().unwrap(), b"one");
        assert_eq!(prefix.read("/two/file").unwrap().unwrap(), b"two");
        // And it goes away by way of itself.
        let staged = prefix.stage_symlink("/link", ".").unwrap();
        prefix.commit(staged).unwrap();
        prefix.remove_file("/link/link").unwrap();
        assert_eq!(prefix.read("/link/file").unwrap(), None);
    }
}

#[test]
fn a_directory_mode_is_exact_and_an_existing_directory_stays() {
    let dir = tempfile::tempdir().unwrap();
    let prefix = open(dir.path(), false);
    prefix.make_directory("/tmp", 0o1777).unwrap();
    prefix.make_directory("/tmp", 0o700).unwrap();
    assert_eq!(
        fs::metadata(dir.path().join("tmp")).unwrap().permissions().mode() & 0o7777,
        0o1777
    );
    assert_eq!(prefix.set_mode("/tmp", 0o2750).unwrap(), Granted::Yes);
    assert_eq!(fs::metadata(dir.path().join("tmp")).unwrap().mode() & 0o7777, 0o2750);
    assert!(prefix.remove_directory_if_empty("/tmp").unwrap());
}
