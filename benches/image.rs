//! How long our ext4 takes, next to `mkfs.ext4 -d` of the same tree alone, and how much memory: ratios within one run, since
//! times of different runs and machines say nothing to each other. With `virt-make-fs` installed, that as well.
//!
//! usage: cargo bench -p system-installer-tests --bench image [-- --files N --size MIB --rounds N]
//!
//! It needs mkfs.ext4 and GNU time (Debian: `e2fsprogs`, `time`), and three times the tree's size in the temporary folder.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use image::ext4::{Maker, Options};
use image::identity::Identity;
use prefix::owners::Manifest;

const MKFS: &str = "/usr/sbin/mkfs.ext4";
/// What this program is called with to do our part once, in a process of its own.
const ONCE: &str = "--once";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    if let [once, tree, image] = &arguments[..]
        && once == ONCE
    {
        return ours(Path::new(tree), Path::new(image));
    }
    let (mut files, mut mebibytes, mut rounds) = (20_000, 1024, 5);
    for pair in arguments.chunks(2) {
        match pair {
            [name, value] if name == "--files" => files = value.parse()?,
            [name, value] if name == "--size" => mebibytes = value.parse()?,
            [name, value] if name == "--rounds" => rounds = value.parse()?,
            _ => return Err(format!("what is `{}`?", pair.join(" ")).into()),
        }
    }
    let folder = tempfile::tempdir()?;
    let (tree, image) = (folder.path().join("tree"), folder.path().join("image"));
    make_tree(&tree, files, mebibytes << 20)?;
    let this = std::env::current_exe()?;
    let own = || -> Result<Measured> {
        let _ = fs::remove_file(&image);
        let measured = measure(
            Command::new("time")
                .args(["-f", "%M"])
                .arg(&this)
                .arg(ONCE)
                .args([&tree, &image]),
        )?;
        Ok(measured)
    };
    // The first one fills the caches for both, and says how large the other's must be.
    own()?;
    let size = fs::metadata(&image)?.len();
    let plain = || -> Result<Measured> {
        let _ = fs::remove_file(&image);
        // Not as tight as ours.
        File::create(&image)?.set_len(size + size / 10)?;
        let mut time = Command::new("time");
        // Left alone, it would make an inode for every 16 KiB.
        let inodes = (files * 3 / 2).to_string();
        time.args(["-f", "%M", MKFS, "-q", "-F", "-b", "4096", "-N", &inodes, "-d"])
            .args([&tree, &image]);
        measure(&mut time)
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        theirs.push(plain()?);
        ours.push(own()?);
        let (own, their) = (&ours[round - 1], &theirs[round - 1]);
        println!("round {round}: mkfs.ext4 -d {:.2?}, ours {:.2?}", their.time, own.time);
    }
    let least = |all: &[Measured]| all.iter().map(|one| one.time).min().unwrap_or_default();
    let most = |all: &[Measured]| all.iter().map(|one| one.kibibytes).max().unwrap_or_default() / 1024;
    println!(
        "{files} files, {mebibytes} MiB, an image of {} MiB; the best of {rounds} rounds:",
        size >> 20
    );
    println!(
        "mkfs.ext4 -d    {:>8.2?}, at most {:>3} MiB of memory",
        least(&theirs),
        most(&theirs)
    );
    println!(
        "ours            {:>8.2?}, at most {:>3} MiB of memory",
        least(&ours),
        most(&ours)
    );
    println!(
        "ratio           {:>8.2}",
        least(&ours).as_secs_f64() / least(&theirs).as_secs_f64()
    );
    let _ = fs::remove_file(&image);
    let start = Instant::now();
    match Command::new("virt-make-fs")
        // Of itself it makes too few inodes for many small files.
        .args(["--type=ext4", &format!("--size={}M", 2 * mebibytes)])
        .args([&tree, &image])
        .status()
    {
        Ok(status) if status.success() => {
            let ratio = start.elapsed().as_secs_f64() / least(&ours).as_secs_f64();
            println!("virt-make-fs    {:>8.2?}: {ratio:.0} times ours", start.elapsed());
        }
        _ => println!("virt-make-fs is not installed or does not work here"),
    }
    Ok(())
}

struct Measured {
    time: Duration,
    /// The most that a process of the command had in memory.
    kibibytes: u64,
}

/// Runs a command under GNU time, which says on the last line how much memory it took.
fn measure(command: &mut Command) -> Result<Measured> {
    let start = Instant::now();
    let output = command.output()?;
    let time = start.elapsed();
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{command:?}: {said}").into());
    }
    let kibibytes = said.lines().last().unwrap_or_default().trim().parse()?;
    Ok(Measured { time, kibibytes })
}

/// From a tree to a file system in an image of the right size.
fn ours(tree: &Path, image: &Path) -> Result<()> {
    let identity = Identity::new("0c5b2x5q9dqn7cpy0c5b2x5q9dqn7cpy");
    let options = Options {
        mkfs: MKFS.into(),
        arguments: Vec::new(),
        uuid: identity.uuid("root"),
        hash_seed: identity.uuid("hash seed of root"),
        time: 1,
    };
    let maker = Maker::new(&options, &image.with_extension("scratch"))?;
    let contents = maker.measure(tree)?;
    let size = maker.needed(&contents, 0)?;
    File::create(image)?.set_len(size)?;
    maker.make((tree, &contents), &Manifest::new(), image, (0, size))?;
    Ok(())
}

/// A tree like a store: packages with a few folders, files of very different sizes, no two blocks the same.
fn make_tree(tree: &Path, files: u64, bytes: u64) -> Result<()> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    // Two in three are small, as in a real one.
    let average = bytes / files;
    for number in 0..files {
        let folder = tree.join(format!(
            "nix/store/{:032}-package/{}/share",
            number / 60,
            number / 20 % 3
        ));
        fs::create_dir_all(&folder)?;
        let size = if number % 3 == 0 { average * 5 / 2 } else { average / 4 };
        let mut file = File::create(folder.join(format!("file-{number}")))?;
        let contents: Vec<u8> = (0..size.div_ceil(8)).flat_map(|_| random().to_le_bytes()).collect();
        file.write_all(&contents)?;
    }
    Ok(())
}
