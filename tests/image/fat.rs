//! FAT from a tree: as fsck.fat and mtools see it.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use image::fat::{Contents, Error, Options, Usage};
use tempfile::TempDir;

use crate::image::tools::{run, try_run};

const MIB: u64 = 1 << 20;
const OFFSET: u64 = 2 * MIB;

fn options(arguments: &[&str]) -> Options {
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    Options::new(&arguments, 0x1234_ABCD, 1).unwrap()
}

/// An EFI system partition, and names that are harder.
fn tree(folder: &Path) {
    fs::create_dir_all(folder.join("EFI/BOOT")).unwrap();
    fs::create_dir_all(folder.join("loader/entries")).unwrap();
    fs::create_dir_all(folder.join("empty/folder")).unwrap();
    fs::write(folder.join("EFI/BOOT/BOOTX64.EFI"), vec![0xEF; 1_000_001]).unwrap();
    fs::write(folder.join("loader/loader.conf"), "timeout 5\n").unwrap();
    fs::write(folder.join("loader/entries.srel"), "").unwrap();
    for number in 0..300 {
        let name = format!("loader/entries/generation-{number} größe+x.conf");
        fs::write(folder.join(name), number.to_string().repeat(number * 10)).unwrap();
    }
    fs::write(folder.join("x".repeat(255)), "long").unwrap();
}

struct Image {
    path: PathBuf,
    usage: Usage,
    _folder: TempDir,
}

impl Image {
    fn new(options: &Options, tree: &Path, size: u64) -> Result<Self, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk.raw");
        File::create(&path).unwrap().set_len(OFFSET + size + MIB).unwrap();
        let usage = options.make(&Contents::read(tree)?, &path, (OFFSET, size))?;
        Ok(Self {
            path,
            usage,
            _folder: folder,
        })
    }

    fn address(&self) -> String {
        format!("{}@@{OFFSET}", self.path.display())
    }

    /// What fsck.fat, which knows no offsets, says of a copy.
    fn check(&self) -> String {
        let copy = self.path.with_extension("fat");
        run(
            "dd",
            &[
                &"if=".to_owned().plus(&self.path),
                &"of=".to_owned().plus(&copy),
                &"bs=1M",
                &format!("skip={}", OFFSET / MIB),
                &format!("count={}", self.usage.size / MIB),
                &"conv=sparse",
            ],
        );
        let (ok, said) = try_run("fsck.fat", &[&"-n", &"-v", &copy]);
        assert!(ok, "{said}");
        // What it finds, it tells in a sentence.
        for word in [
            "differ",
            "wrong",
            "bad ",
            "Bad ",
            "orphan",
            "reclaim",
            "dirty",
            "duplicate",
            "Free cluster summary",
        ] {
            assert!(!said.contains(word), "{said}");
        }
        said
    }
}

trait Plus {
    fn plus(self, path: &Path) -> String;
}

impl Plus for String {
    fn plus(mut self, path: &Path) -> String {
        self.push_str(path.to_str().unwrap());
        self
    }
}

fn a_tree() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path());
    folder
}

#[test]
fn fsck_finds_nothing_whatever_the_size_and_kind() {
    let tree = a_tree();
    for (arguments, size, kind) in [
        (&[][..], 5, "FAT16"),
        (&[], 33, "FAT16"),
        // From here on all firmware can read FAT32, and some nothing else.
        (&[], 34, "FAT32"),
        (&[], 64, "FAT32"),
        (&["-n", "ESP"], 512, "FAT32"),
        (&["-F", "32"], 40, "FAT32"),
        (&["-F", "16"], 512, "FAT16"),
        (&["-n", "big"], 2_000, "FAT32"),
    ] {
        let image = Image::new(&options(arguments), tree.path(), size * MIB).unwrap();
        let said = image.check();
        assert_eq!(said.contains("32 bit entries"), kind == "FAT32", "{said}");
        // With its folders; a label counts as a file.
        let files = 310 + usize::from(arguments.contains(&"-n"));
        assert!(said.contains(&format!("{files} files, ")), "{said}");
    }
}

#[test]
fn contents_come_back_as_they_were() {
    let tree = a_tree();
    for arguments in [["-F", "16"], ["-F", "32"]] {
        let image = Image::new(&options(&arguments), tree.path(), 80 * MIB).unwrap();
        let out = tempfile::tempdir().unwrap();
        run("mcopy", &[&"-s", &"-Q", &"-i", &image.address(), &"::*", &out.path()]);
        assert_eq!(run("diff", &[&"--recursive", &tree.path(), &out.path()]), "");
    }
}

#[test]
fn label_number_and_times_are_what_they_were_said_to_be() {
    let image = Image::new(&options(&["-n", "ESP"]), a_tree().path(), 80 * MIB).unwrap();
    let said = run("mdir", &[&"-i", &image.address(), &"::/EFI"]);
    assert!(said.contains("Volume in drive : is ESP"), "{said}");
    assert!(said.contains("Volume Serial Number is 1234-ABCD"), "{said}");
    assert!(
        said.lines()
            .any(|line| line.starts_with("BOOT         <DIR>     1980-01-01")),
        "{said}"
    );
    let said = run("mdir", &[&"-i", &image.address(), &"::/loader"]);
    assert!(
        said.lines().any(|line| line.contains("1980-01-01   0:00  loader.conf")),
        "{said}"
    );
}

#[test]
fn the_same_tree_gives_the_same_bytes() {
    let image = |reversed: bool| {
        let tree = tempfile::tempdir_in(if reversed { "/dev/shm" } else { "/tmp" }).unwrap();
        let mut names: Vec<String> = (0..100).map(|number| format!("some-name-{number}")).collect();
        if reversed {
            names.reverse();
        }
        for name in names {
            fs::write(tree.path().join(&name), &name).unwrap();
        }
        fs::read(Image::new(&options(&[]), tree.path(), 16 * MIB).unwrap().path).unwrap()
    };
    assert!(image(false) == image(true));
}

#[test]
fn what_holds_nothing_stays_a_hole() {
    let image = Image::new(&options(&[]), a_tree().path(), 4096 * MIB).unwrap();
    let used = fs::metadata(&image.path).unwrap().blocks() * 512;
    assert!(used < 4 * MIB, "{used}");
}

#[test]
fn the_size_that_is_needed_suffices_and_a_smaller_one_does_not() {
    let tree = a_tree();
    fs::write(tree.path().join("large"), vec![1; 20 << 20]).unwrap();
    for (arguments, free) in [
        (&[][..], 0),
        (&[], 300 * MIB),
        (&["-F", "32"], 0),
        (&["-F", "16"], 20 * MIB),
    ] {
        let options = options(arguments);
        let needed = options.needed(&Contents::read(tree.path()).unwrap(), free).unwrap();
        let image = Image::new(&options, tree.path(), needed).unwrap();
        image.check();
        assert!(image.usage.free >= free, "{:?}", image.usage);
        // With FAT32 there is a smallest size.
        let wasted = image.usage.free - free;
        assert!(
            wasted <= MIB + needed / 100 || needed <= 34 * MIB,
            "{wasted} of {needed} bytes"
        );
    }
    let error = Image::new(&options(&[]), tree.path(), 20 * MIB)
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("the file system has 20 MiB, but its contents need 2"),
        "{error}"
    );
    let error = Image::new(&options(&["-F", "32"]), tree.path(), 30 * MIB)
        .map(|_| ())
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "the file system has 30 MiB, but its contents need 33 MiB: 3 MiB more"
    );
}

#[test]
fn a_root_directory_of_fat16_grows_with_what_it_holds() {
    let tree = tempfile::tempdir().unwrap();
    for number in 0..2000 {
        fs::write(tree.path().join(format!("a-name-that-is-long-{number}")), "x").unwrap();
    }
    Image::new(&options(&["-n", "ESP"]), tree.path(), 100 * MIB)
        .unwrap()
        .check();
}

#[test]
fn what_fat_cannot_hold_is_named() {
    let error = |prepare: &dyn Fn(&Path)| {
        let tree = tempfile::tempdir().unwrap();
        prepare(tree.path());
        let error = Contents::read(tree.path()).map(|_| ()).unwrap_err().to_string();
        error.replace(tree.path().to_str().unwrap(), "T")
    };
    assert_eq!(
        error(&|tree| symlink("x", tree.join("link")).unwrap()),
        "cannot put `T/link` on a FAT file system: only files and directories can be there"
    );
    assert_eq!(
        error(&|tree| fs::write(tree.join("a:b"), "").unwrap()),
        "cannot put `T/a:b` on a FAT file system: a name there has none of the characters `\"*/:<>?\\|` and no control \
         characters"
    );
    assert_eq!(
        error(&|tree| {
            fs::write(tree.join("Name"), "").unwrap();
            fs::write(tree.join("NAME"), "").unwrap();
        }),
        "cannot put both `T/NAME` and `Name` on a FAT file system: it takes them for the same name"
    );
    assert_eq!(
        error(&|tree| File::create(tree.join("huge")).unwrap().set_len(1 << 32).unwrap()),
        "cannot put `T/huge` on a FAT file system: a file there has less than 4 GiB"
    );
}
