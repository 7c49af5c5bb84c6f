//! Every file system of the table, and swap: as blkid sees what was written.

use std::fs::{self, File};
use std::path::Path;

use image::file_system::{FileSystem, Filled, Filler, Recipe};
use image::file_systems::FILE_SYSTEMS;
use image::swap;
use prefix::owners::Manifest;
use tempfile::TempDir;

use crate::image::tools::{identity, run};

const OFFSET: u64 = 1 << 20;

/// The type and the UUID that blkid finds where `filler` has written, and what the filler reports.
fn written(filler: &dyn Filler, least: u64) -> (String, String, Filled) {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("image");
    let size = filler.needed(0).unwrap().max(least);
    File::create(&image).unwrap().set_len(OFFSET + size).unwrap();
    let reported = filler.write(&image, OFFSET, size).unwrap();
    let value = |tag: &str| {
        let (offset, size) = (OFFSET.to_string(), size.to_string());
        let found = run(
            "blkid",
            &[
                &"-p", &"-o", &"value", &"-s", &tag, &"-O", &offset, &"-S", &size, &image,
            ],
        );
        found.trim().to_owned()
    };
    (value("TYPE"), value("UUID"), reported)
}

/// A file system of this type with a file in it, made in `folder` with the plan's `arguments`.
fn prepared(folder: &TempDir, name: &str, arguments: &[&str]) -> Box<dyn Filler> {
    let folder = folder.path().join(name);
    let (tree, scratch) = (folder.join("tree"), folder.join("scratch"));
    for path in [&folder, &tree, &scratch] {
        fs::create_dir(path).unwrap();
    }
    fs::write(tree.join("file"), "text").unwrap();
    let mkfs = ["/usr/sbin", "/usr/bin"].map(|folder| Path::new(folder).join(format!("mkfs.{name}")));
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    let file_system = image::file_systems::by_name(name).unwrap();
    let recipe = Recipe {
        partition: "main/root",
        identity: &identity(),
        mkfs: mkfs.into_iter().find(|path| path.exists()).unwrap_or_default(),
        arguments: &arguments,
        tree: &tree,
        owners: &Manifest::new(),
        time: 1,
        scratch: &scratch,
    };
    file_system.prepare(&recipe).unwrap()
}

#[test]
fn each_is_what_its_name_says_and_has_the_uuid_that_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    for name in FILE_SYSTEMS.map(FileSystem::name) {
        let (kind, uuid, reported) = written(&*prepared(&folder, name, &[]), 0);
        assert_eq!((kind.as_str(), uuid), (name, reported.uuid), "{name}");
        assert_eq!(reported.free.is_some(), name != "erofs", "{name}");
    }
}

#[test]
fn a_uuid_that_the_plans_arguments_name_is_the_one_that_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let uuid = "6a1d2c64-6d1f-4e22-9a69-8b4b1f6d5a11";
    let arguments = ["-U".to_owned(), uuid.to_owned()];
    let swap = swap::Options::new(&arguments, identity().uuid("swap")).unwrap();
    for (filler, expected) in [
        (prepared(&folder, "ext4", &["-U", uuid]), uuid),
        (prepared(&folder, "vfat", &["-i", "DEADBEEF"]), "DEAD-BEEF"),
        (Box::new(swap) as Box<dyn Filler>, uuid),
    ] {
        let (_, found, reported) = written(&*filler, 1 << 20);
        assert_eq!((found.as_str(), reported.uuid.as_str()), (expected, expected));
    }
}
