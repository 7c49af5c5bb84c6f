//! Both resolvers agree with each other and with a model of what a chroot would see, on random forests of links.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

use proptest::prelude::*;
use rustix::io::Errno;

use crate::prefix::{RESOLVERS, open};

/// What lies at a path of the model; the root directory is not listed.
#[derive(Debug, Clone)]
enum Node {
    Directory,
    File,
    Link(String),
}

/// A tree by path from the root, `a/b`; every parent is there and a directory.
type Forest = BTreeMap<String, Node>;

/// The directory at `path`, links resolved.
fn resolve(forest: &Forest, path: &str) -> Result<String, Errno> {
    let mut here: Vec<String> = Vec::new();
    let mut rest: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
    let mut links = 0;
    while let Some(name) = rest.pop() {
        match name.as_str() {
            "" | "." => continue,
            ".." => {
                here.pop();
                continue;
            }
            _ => {}
        }
        here.push(name);
        match forest.get(&here.join("/")) {
            None => return Err(Errno::NOENT),
            Some(Node::File) => return Err(Errno::NOTDIR),
            Some(Node::Directory) => {}
            Some(Node::Link(target)) => {
                links += 1;
                if links > 40 {
                    return Err(Errno::LOOP);
                }
                here.pop();
                if target.starts_with('/') {
                    here.clear();
                }
                rest.extend(target.split('/').rev().map(str::to_owned));
            }
        }
    }
    Ok(here.join("/"))
}

fn component() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("a"), 4 => Just("b"), 3 => Just("c"), 2 => Just("..")]
}

fn target() -> impl Strategy<Value = String> {
    (any::<bool>(), proptest::collection::vec(component(), 1..5))
        .prop_map(|(absolute, names)| format!("{}{}", if absolute { "/" } else { "" }, names.join("/")))
}

fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop_oneof![Just("a"), Just("b"), Just("c")], 1..5).prop_map(|names| names.join("/"))
}

fn forest() -> impl Strategy<Value = Forest> {
    let node = prop_oneof![4 => Just(Node::Directory), 1 => Just(Node::File), 5 => target().prop_map(Node::Link)];
    proptest::collection::btree_map(path(), node, 1..14).prop_map(|wanted| {
        let mut forest = Forest::new();
        // In the order of the names, parents come first; what lies below a file or link is left out.
        'next: for (path, node) in wanted {
            let parents: Vec<&str> = path.match_indices('/').map(|(end, _)| &path[..end]).collect();
            for parent in parents {
                match forest.entry(parent.to_owned()).or_insert(Node::Directory) {
                    Node::Directory => {}
                    _ => continue 'next,
                }
            }
            forest.entry(path).or_insert(node);
        }
        forest
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_resolvers_agree_with_the_model(forest in forest(), paths in proptest::collection::vec(path(), 8)) {
        let dir = tempfile::tempdir().unwrap();
        // Outside of the prefix lies what a resolver that gets out would find.
        for name in ["a", "b", "c"] {
            fs::create_dir(dir.path().join(name)).unwrap();
            fs::write(dir.path().join(name).join(".name"), "outside").unwrap();
        }
        let root = dir.path().join("prefix");
        fs::create_dir(&root).unwrap();
        fs::write(root.join(".name"), "").unwrap();
        for (path, node) in &forest {
            match node {
                Node::Directory => {
                    fs::create_dir(root.join(path)).unwrap();
                    fs::write(root.join(path).join(".name"), path).unwrap();
                }
                Node::File => fs::write(root.join(path), "").unwrap(),
                Node::Link(target) => symlink(target, root.join(path)).unwrap(),
            }
        }
        for path in paths {
            let expected = resolve(&forest, &path);
            for fallback in RESOLVERS {
                let prefix = open(&root, fallback);
                let found = prefix.read(&format!("/{path}/.name"));
                match (&expected, found) {
                    (Ok(directory), Ok(Some(name))) => prop_assert_eq!(directory.as_bytes(), name.as_slice()),
                    (Err(Errno::NOENT | Errno::NOTDIR), Ok(None)) => {}
                    (Err(Errno::LOOP), Err(error)) => prop_assert_eq!(error.errno(), Some(Errno::LOOP)),
                    (expected, found) => prop_assert!(false, "{}: {:?} expected, {:?} found", path, expected, found),
                }
            }
        }
    }
}
