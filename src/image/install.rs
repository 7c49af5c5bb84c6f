//! `install --image=FILE`: the image of a plan's one disk as a file, made of a system in this machine's store by the builder of
//! `.image`, which runs as in a build: in a folder of its own, with the attributes in a file.
//!
//! It is another process: it mounts store paths into its tree, in a namespace that ends with it, so that whoever clears away
//! afterwards finds none.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use rustix::io::Errno;
use serde_json::{Value, json};

use super::tree;
use crate::prefix::io_text;

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// A store path, a link to it, or its `init`.
    pub system: PathBuf,
    /// The new file.
    pub image: PathBuf,
    /// The attributes of the plan's section `image` that are not the default, as strings.
    pub settings: Vec<(&'static str, String)>,
}

/// Why nothing was installed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder.
    #[error("{operation} `{}`: {}", path.display(), io_text(source))]
    Io {
        /// What was tried.
        operation: &'static str,
        /// With which path.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// What is there is kept.
    #[error("`{}` is there already: name a new file", .0.display())]
    Exists(PathBuf),
    /// Nix is not there.
    #[error("running `nix`: {}", io_text(.0))]
    NoNix(io::Error),
    /// Nix does not know the system.
    #[error("the closure of `{system}`: Nix says `{said}`")]
    Nix {
        /// The system.
        system: String,
        /// What it said.
        said: String,
    },
    /// Nix's answer cannot be understood.
    #[error("the closure of `{system}`: {source}")]
    Answer {
        /// The system.
        system: String,
        /// Why not.
        source: serde_json::Error,
    },
    /// The builder has said why.
    #[error("the image was not made ({0})")]
    NotMade(ExitStatus),
    /// One file is not enough.
    #[error("the plan has {0} disks, and `--image` is for one: build its attribute `image`")]
    SeveralDisks(usize),
}

/// Makes the image; what is not kept lies beside it meanwhile. Gives the builder's description of it (`image.json`).
///
/// # Errors
/// See [`Error`].
pub fn run(options: &Options, builder: &Path) -> Result<String, Error> {
    let image = &options.image;
    if image.symlink_metadata().is_ok() {
        return Err(Error::Exists(image.clone()));
    }
    let real = fs::canonicalize(&options.system).map_err(failed("looking at", &options.system))?;
    let system = if real.ends_with("init") {
        real.parent().unwrap_or(&real)
    } else {
        &real
    };
    let closure = closure(&system.display().to_string())?;
    let work = beside(image, "unfinished");
    fs::create_dir(&work).map_err(failed("making the directory", &work))?;
    let made = make(options, system, &closure, &work, builder);
    let cleared = clear(&work);
    made.and_then(|description| cleared.map(|()| description))
}

/// `FILE.WORD`.
fn beside(file: &Path, word: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(word);
    PathBuf::from(name)
}

fn make(options: &Options, system: &Path, closure: &Value, work: &Path, builder: &Path) -> Result<String, Error> {
    let work = fs::canonicalize(work).map_err(failed("looking at", work))?;
    let name = system.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    // The name is what UUIDs come from: the same system gives the same image.
    let out = work.join(name);
    let settings: serde_json::Map<String, Value> = options
        .settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    let attributes = json!({
        "installer": system,
        "closure": closure,
        "image": settings,
        "outputs": { "out": out },
    });
    let path = work.join(".attrs.json");
    fs::write(&path, attributes.to_string()).map_err(failed("writing", &path))?;
    let status = Command::new(builder)
        .arg("image")
        .current_dir(&work)
        .env("NIX_BUILD_TOP", &work)
        .stdin(Stdio::null())
        .status()
        .map_err(failed("running", builder))?;
    if !status.success() {
        return Err(Error::NotMade(status));
    }
    let description = out.join("image.json");
    let text = fs::read_to_string(&description).map_err(failed("reading", &description))?;
    let images: Vec<PathBuf> = tree::entries(&out)
        .map_err(|_| Error::Exists(out.clone()))?
        .into_iter()
        .filter(|path| *path != description)
        .collect();
    match images.as_slice() {
        [one] => fs::rename(one, &options.image).map_err(failed("writing", &options.image))?,
        several => return Err(Error::SeveralDisks(several.len())),
    }
    Ok(text)
}

/// The closure of a store path in the form of a builder's attributes.
fn closure(system: &str) -> Result<Value, Error> {
    let output = Command::new("nix")
        .args([
            "--extra-experimental-features",
            "nix-command",
            "path-info",
            "--json",
            "--recursive",
        ])
        .arg(system)
        .stdin(Stdio::null())
        .output()
        .map_err(Error::NoNix)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rev().find(|line| !line.trim().is_empty());
        return Err(Error::Nix {
            system: system.to_owned(),
            said: last.unwrap_or("nothing").trim_start_matches("error: ").to_owned(),
        });
    }
    let answer: Value = serde_json::from_slice(&output.stdout).map_err(|source| Error::Answer {
        system: system.to_owned(),
        source,
    })?;
    Ok(listed(answer))
}

/// From 2.19 on Nix gives an object by path, before that a list.
fn listed(answer: Value) -> Value {
    match answer {
        Value::Object(paths) => paths
            .into_iter()
            .map(|(path, mut about)| {
                about["path"] = json!(path);
                about
            })
            .collect(),
        list => list,
    }
}

/// Whether one of `mounts`, which is `/proc/self/mountinfo`, lies in the directory `real`. The fifth field is the mount point,
/// with octal digits for white space and backslashes (proc(5)).
fn is_mounted_within(mounts: &str, real: &str) -> bool {
    let mut wanted = String::new();
    for c in real.chars() {
        match c {
            ' ' | '\t' | '\n' | '\\' => wanted = format!("{wanted}\\{:03o}", u32::from(c)),
            c => wanted.push(c),
        }
    }
    let is_within = |point: &str| {
        point
            .strip_prefix(&wanted)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    // What cannot be understood is no reason to delete.
    mounts.lines().any(|line| line.split(' ').nth(4).is_none_or(is_within))
}

/// Takes away what was not kept; what the store is copied into may not be written to.
fn clear(folder: &Path) -> Result<(), Error> {
    fn unlock(folder: &Path) -> io::Result<()> {
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                unlock(&entry.path())?;
            }
        }
        Ok(())
    }
    // Root, where the kernel refuses namespaces, mounted the store for everybody: it would be deleted along.
    fs::read_to_string("/proc/self/mountinfo")
        .and_then(|mounts| match fs::canonicalize(folder)? {
            real if is_mounted_within(&mounts, &real.to_string_lossy()) => Err(Errno::BUSY.into()),
            _ => unlock(folder),
        })
        .and_then(|()| fs::remove_dir_all(folder))
        .map_err(failed("removing", folder))
}

fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io {
        operation,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_not_cleared_while_something_is_mounted_in_it() {
        let root = "22 1 8:1 / / rw,relatime - ext4 /dev/vda1 rw";
        let store = format!("{root}\n90 22 8:1 /nix/store/x /tmp/a\\040b/root/nix/store/x ro - ext4 /dev/vda1 rw");
        assert!(!is_mounted_within(root, "/tmp/a b"));
        assert!(is_mounted_within(&store, "/tmp/a b"));
        assert!(is_mounted_within(&store, "/tmp/a b/root/nix/store/x"));
        assert!(!is_mounted_within(&store, "/tmp/a"));
        assert!(is_mounted_within("22 1 8:1", "/tmp/a b"));
    }

    #[test]
    fn a_closure_is_read_as_every_nix_tells_it() {
        let list = json!([{ "path": "/nix/store/a", "narSize": 1 }]);
        assert_eq!(listed(list.clone()), list);
        assert_eq!(listed(json!({ "/nix/store/a": { "narSize": 1 } })), list);
    }
}
