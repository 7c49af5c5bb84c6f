//! What of disko's own examples can be an image, and what the error for the others is.

use crate::programs::root;
use std::fs;

use image::disks::{self, Held};
use image::identity::Identity;
use image::settings::Settings;
use plan::image_plan::read_image_plan;
use plan::problem::Problem;
use tree::Tree;

/// The disks of a plan and what is on them, in a word each, or what is wrong.
fn read(disks: Tree, image: &str) -> Result<Vec<String>, String> {
    let plan = Tree::Attrs(vec![("disks".to_owned(), disks)]);
    let image = serde_json::from_str(image).unwrap();
    let line = |problem: &Problem| problem.line(&problem.path.to_string());
    let plan = read_image_plan(&plan, &image)
        .map_err(|problems| problems.iter().map(line).collect::<Vec<String>>().join("\n"))?;
    let size = Settings::new(&plan.image).unwrap().size;
    let planned = disks::planned(&plan.disks, size, &Identity::new("test")).map_err(|error| error.to_string())?;
    let held = |held: &Held| match held {
        Held::Nothing => "-".to_owned(),
        Held::Swap { .. } => "swap".to_owned(),
        Held::FileSystem(made) => format!(
            "{} on {}",
            made.file_system.name(),
            made.mount_point.as_deref().unwrap_or("-")
        ),
    };
    Ok(planned
        .iter()
        .map(|disk| {
            let contents: Vec<String> = disk.contents.iter().map(held).collect();
            format!("{}: {}", disk.name, contents.join(", "))
        })
        .collect())
}

/// One of disko's own examples.
fn example(name: &str) -> Result<Vec<String>, String> {
    let text = fs::read_to_string(root().join(format!("tests/disko/{name}.json"))).unwrap();
    read(serde_json::from_str(&text).unwrap(), "{}")
}

#[test]
fn tables_with_ext4_vfat_and_swap_are_in_images() {
    for (name, disk) in [
        ("bios-and-uefi", "main: -, vfat on /boot, ext4 on /"),
        ("bios-with-attributes", "main: -, ext4 on /"),
        ("keyed-by-path", "/dev/vdb: -, ext4 on /"),
        ("msdos", "main: vfat on /boot, vfat on /data, swap, ext4 on /"),
        (
            "msdos-with-logical",
            "main: ext4 on /, ext4 on /b, ext4 on /c, ext4 on /d, ext4 on /e",
        ),
        ("negative-end", "disk0: ext4 on /"),
        // What is encrypted with a key of each start is made at each start.
        ("swap", "main: vfat on /boot, -, ext4 on /, swap"),
        ("unformatted", "main: vfat on /boot, -, ext4 on /"),
    ] {
        assert_eq!(example(name), Ok(vec![disk.to_owned()]), "{name}");
    }
}

#[test]
fn what_is_not_yet_in_images_is_refused_with_its_path() {
    let partition = |name: &str| format!("`disks.main.content.partitions.{name}.content`");
    for (name, path, what) in [
        ("btrfs-subvolumes", partition("root"), "btrfs"),
        (
            "f2fs",
            "`disks.main.content.partitions.root.content.format`".to_owned(),
            "f2fs",
        ),
        (
            "hybrid-mbr",
            "`disks.main.content.partitions.FIRMWARE.hybrid`".to_owned(),
            "a hybrid master boot record",
        ),
        ("luks-lvm", partition("luks"), "LUKS"),
        (
            "mirrored-boot",
            "`disks.one.content.partitions.ESP.content`".to_owned(),
            "software RAID",
        ),
        (
            "bcachefs",
            "`disks.vdb.content.partitions.vdb2.content`".to_owned(),
            "bcachefs",
        ),
        (
            "whole-disks",
            "`disks.a.content`".to_owned(),
            "a disk without a table of `type` `gpt` or `msdos`",
        ),
    ] {
        assert_eq!(
            example(name),
            Err(format!("{path}: {what} is not yet in images")),
            "{name}"
        );
    }
}

#[test]
fn mistakes_in_the_section_of_the_image_are_reported() {
    let said = read(Tree::Attrs(Vec::new()), r#"{ "size": "much", "fromat": "raw" }"#).unwrap_err();
    for part in [
        "`image.fromat`: there is no such attribute",
        "`image.size`: `much` is not a size",
    ] {
        assert!(said.contains(part), "{said}");
    }
}
