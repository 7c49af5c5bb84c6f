//! `install --image=FILE`: makes the image of a plan's one disk from a system in this machine's store.
//!
//! The builder of `.image` does it, as in a build: in a folder of its own, with the attributes in a file. It runs as another
//! process, as it mounts store paths into its tree: its mount namespace ends with it, so no mount is left when the folder is
//! cleared.

mod target;
mod work_folder;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use tree::FileError;

use serde_json::{Value, json};

use self::target::Target;
use self::work_folder::WorkFolder;
use image::directory::entries;
use image::request::ATTRIBUTES;
use image::system::{self, System};
use tree::errno::io_text;
use tree::program_output::last_line;

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// A store path, a link to it, or its `init`.
    pub system: PathBuf,
    /// The file: a new one, or one with nothing in it, whose size is then the disk's.
    pub image: PathBuf,
    /// Whether a file with data in it is replaced.
    pub force: bool,
    /// The size of the disk, written as in a plan. It wins over all that the plan says.
    pub size: Option<String>,
    /// Other attributes of the plan's section `image`, as strings.
    pub settings: Vec<(&'static str, String)>,
}

/// Why nothing was installed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is there already, with data in it.
    #[error("`{}` is there already, with data in it: name a new file, or give --force to replace it", .0.display())]
    Exists(PathBuf),
    /// A device, or a directory.
    #[error("`{}` is not a regular file", .0.display())]
    NoFile(PathBuf),
    /// Something is where the folder for the work would be.
    #[error("`{}` is there already, and no earlier run left it: move it away", .0.display())]
    Foreign(PathBuf),
    /// Another process is working in the folder.
    #[error("`{}` is in use: another process is making the image", .0.display())]
    Busy(PathBuf),
    /// There is no system.
    #[error(transparent)]
    System(#[from] system::Error),
    /// A copy of a system: what it names lies elsewhere.
    #[error("`{}` is not in this machine's store: it is a copy of `{system}`", path.display())]
    Elsewhere {
        /// Where it is.
        path: PathBuf,
        /// Where it belongs.
        system: String,
    },
    /// Nix cannot be run.
    #[error("cannot run `nix`: {}", io_text(.0))]
    NoNix(io::Error),
    /// Nix does not know the system.
    #[error("the closure of `{system}`: Nix says `{said}`")]
    Nix {
        /// The system.
        system: String,
        /// What it said.
        said: String,
    },
    /// An answer of Nix or of the builder is not as expected.
    #[error("{what}: {source}")]
    Json {
        /// What it is about.
        what: String,
        /// Why not.
        source: serde_json::Error,
    },
    /// The builder failed, and has said why.
    #[error("the image was not made ({0})")]
    NotMade(ExitStatus),
    /// The plan has several disks, and one file is for one disk.
    #[error("the plan has {0} disks, and `--image` is for one: build its attribute `image`")]
    SeveralDisks(usize),
}

/// Makes the image with the program `builder`; files that are not kept lie beside it meanwhile. Gives the builder's description of
/// the image (`image.json`).
///
/// # Errors
/// See [`Error`].
pub fn run(options: &Options, builder: &Path) -> Result<String, Error> {
    let target = Target::look_at(&options.image, options.force)?;
    let system = find(&options.system)?;
    let disks = system.plan["disks"].as_object();
    let disks = disks.map_or(0, |disks| disks.values().filter(|disk| !disk.is_null()).count());
    if disks > 1 {
        return Err(Error::SeveralDisks(disks));
    }
    let closure = closure(&system.path)?;
    let work = WorkFolder::open(&target.path)?;
    let made = make(options, &target, &system.path, &closure, &work.path, builder);
    let cleared = work.remove();
    made.and_then(|description| cleared.map(|()| description))
}

/// The system that `path` is, leads to, or belongs to.
fn find(path: &Path) -> Result<System, Error> {
    let mut real = fs::canonicalize(path).map_err(FileError::at("find the system", path))?;
    if !real.is_dir() {
        real.pop();
    }
    let mut system = System::load(&real.display().to_string())?;
    if Path::new(&system.pre_init.system) != real {
        return Err(Error::Elsewhere {
            path: real,
            system: system.pre_init.system,
        });
    }
    system.path.clone_from(&system.pre_init.system);
    Ok(system)
}

fn make(
    options: &Options,
    target: &Target,
    system: &str,
    closure: &Value,
    work: &Path,
    builder: &Path,
) -> Result<String, Error> {
    // UUIDs come from this name: so the same system gives the same image.
    let out = work.join(Path::new(system).file_name().unwrap_or_default());
    let mut settings = serde_json::Map::new();
    for (name, value) in &options.settings {
        settings.insert((*name).to_owned(), json!(value));
    }
    let size = options.size.clone().or_else(|| Some(target.size?.to_string()));
    if let Some(size) = &size {
        settings.insert("size".to_owned(), json!(size));
    }
    let attributes = json!({
        "installer": system,
        "closure": closure,
        "image": settings,
        "sizeIsGiven": size.is_some(),
        "outputs": { "out": out },
    });
    let path = work.join(ATTRIBUTES);
    fs::write(&path, attributes.to_string()).map_err(FileError::at("write", &path))?;
    let status = Command::new(builder)
        .arg("image")
        .current_dir(work)
        .env("NIX_BUILD_TOP", work)
        .stdin(Stdio::null())
        .status()
        .map_err(FileError::at("run", builder))?;
    if !status.success() {
        return Err(Error::NotMade(status));
    }
    let description = out.join("image.json");
    let text = fs::read(&description).map_err(FileError::at("read", &description))?;
    let mut described: Value = serde_json::from_slice(&text).map_err(unclear(&description.display().to_string()))?;
    let images: Vec<PathBuf> = entries(&out)?.into_iter().filter(|path| *path != description).collect();
    let [image] = images.as_slice() else {
        return Err(Error::SeveralDisks(images.len()));
    };
    target.put(image)?;
    let name = target.path.file_name().unwrap_or_default();
    described["disks"][0]["file"] = json!(name.to_string_lossy());
    Ok(format!("{described:#}\n"))
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
    let refused = |said: &str| Error::Nix {
        system: system.to_owned(),
        said: said.to_owned(),
    };
    if !output.status.success() {
        let said = last_line(&output.stderr);
        return Err(refused(
            said.as_deref().unwrap_or("nothing").trim_start_matches("error: "),
        ));
    }
    let answer = serde_json::from_slice(&output.stdout).map_err(unclear(&format!("the closure of `{system}`")))?;
    listed(answer).ok_or_else(|| refused("it is not valid"))
}

/// Nix's answer as a list. From Nix 2.19 on it is an object by path, before that a list. `None` where the object has `null` for a
/// path: that is not valid.
fn listed(answer: Value) -> Option<Value> {
    let Value::Object(paths) = answer else {
        return Some(answer);
    };
    let with_path = |(path, mut about): (String, Value)| {
        about.as_object_mut()?.insert("path".to_owned(), json!(path));
        Some(about)
    };
    paths.into_iter().map(with_path).collect()
}

fn unclear(what: &str) -> impl FnOnce(serde_json::Error) -> Error {
    let what = what.to_owned();
    move |source| Error::Json { what, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closure_is_read_as_every_nix_tells_it() {
        let list = json!([{ "path": "/nix/store/a", "narSize": 1 }]);
        assert_eq!(listed(list.clone()), Some(list.clone()));
        assert_eq!(listed(json!({ "/nix/store/a": { "narSize": 1 } })), Some(list));
        assert_eq!(listed(json!({ "/nix/store/a": null })), None);
    }
}
