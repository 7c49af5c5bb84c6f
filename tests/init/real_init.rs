//! The real init: tells what it was given, and ends.

use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize};

/// What stands before the telling.
pub const MARKER: &str = "SEEN ";

/// What the real init saw.
#[derive(Debug, Serialize, Deserialize)]
pub struct Seen {
    pub pid: u32,
    /// The words behind those of the plan's command.
    pub words: Vec<String>,
    pub environment: BTreeMap<String, String>,
    /// By mount point: type and options of the mount, for each mount on it.
    pub mounts: Vec<(String, String, String)>,
    /// Where these links lead.
    pub links: BTreeMap<String, Option<String>>,
    pub files: BTreeMap<String, Option<String>>,
    pub ptmx_mode: Option<u32>,
    /// Descriptors that are open.
    pub descriptors: String,
}

#[test]
fn tell() {
    if std::env::var_os("PLAN").is_none() || std::process::id() != 1 {
        return;
    }
    let link = |path: &str| {
        (
            path.to_owned(),
            fs::read_link(path)
                .ok()
                .map(|target| target.to_string_lossy().into_owned()),
        )
    };
    let file = |path: &str| {
        // Not what could block, such as the FIFO of a test that failed.
        let contents = fs::symlink_metadata(path)
            .is_ok_and(|meta| meta.is_file())
            .then(|| fs::read_to_string(path).ok());
        (path.to_owned(), contents.flatten())
    };
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let seen = Seen {
        pid: std::process::id(),
        words: std::env::args().skip(4).collect(),
        environment: std::env::vars().collect(),
        mounts: mounts
            .lines()
            .map(|line| {
                let (left, right) = line.split_once(" - ").unwrap();
                let left: Vec<&str> = left.split(' ').collect();
                let kind = right.split(' ').next().unwrap();
                (left[4].to_owned(), kind.to_owned(), left[5].to_owned())
            })
            .collect(),
        links: ["/run/booted-system", "/run/current-system"].map(link).into(),
        files: ["/run/theirs", "/etc/motd", "/etc/machine-id"].map(file).into(),
        ptmx_mode: rustix::fs::stat("/dev/pts/ptmx").ok().map(|stat| stat.st_mode & 0o7777),
        descriptors: descriptors(),
    };
    println!("{MARKER}{}", serde_json::to_string(&seen).unwrap());
}

/// The descriptors that this program was given; those of whoever runs the tests are among them.
pub fn descriptors() -> String {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else {
        return String::new();
    };
    let mut numbers: Vec<u32> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().parse().unwrap())
        .collect();
    numbers.sort_unstable();
    // The listing itself has the first free one; which one that is does not matter.
    numbers.retain(|number| fs::read_link(format!("/proc/self/fd/{number}")).is_ok());
    format!("{numbers:?}")
}
