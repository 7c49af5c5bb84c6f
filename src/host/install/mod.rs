//! `install --prefix`: puts a system onto file systems that are mounted beneath a prefix, as nixos-install does.
//!
//! The Nix of this machine copies the closure into the prefix's store, registers it there and makes the generation. Then the
//! system's own `pre-init` and `pre-boot` run.
//!
//! All that can be refused is refused before anything is copied. Each part skips what an earlier run has done: so the next run
//! finishes one that was interrupted.

mod error;
mod mounts;
mod nix;

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::json_file;
pub use error::Error;
use prefix::Prefix;
use runtime::pre_init::{self, Stages};
use runtime::{pre_boot, script};
use step::{PreBoot, PreInit};
use tree::Tree;

/// How `install` was called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The system: its store path, a link to that, or one of its files.
    pub system: PathBuf,
    /// Where its file systems are mounted.
    pub prefix: PathBuf,
    /// Whether a root that somebody else set up is taken over.
    pub adopt: bool,
    /// What goes on to `pre-boot`, with the same prefix.
    pub boot: pre_boot::Options,
}

/// What was done, or with `--dry-run` would be done.
#[derive(Debug)]
pub struct Report {
    /// The commands of Nix.
    nix: Vec<String>,
    /// What `pre-init` did.
    pre_init: pre_init::Report,
    /// What `pre-boot` did; `None` with `--dry-run` where the system is not in the prefix's store yet.
    pre_boot: Option<pre_boot::Report>,
    system: String,
    prefix: String,
    dry_run: bool,
}

/// Installs a system.
///
/// # Errors
/// See [`Error`].
pub fn run(options: &Options) -> Result<Report, Error> {
    let system = System::find(&options.system)?;
    let prefix = prefix(&options.prefix)?;
    pre_boot::check_usage(&system.pre_boot, &options.boot)?;
    if !options.boot.force {
        mounts::check(
            &json_file::load(&system.directory.join("plan.json"), "a plan")?,
            &prefix,
        )?;
    }
    nix::check(&system.path)?;
    let mut root = pre_init::Options {
        prefix: options.prefix.clone(),
        adopt: options.adopt,
        owners: None,
        dry_run: true,
        json: options.boot.json,
    };
    let outlook = pre_init::run(&system.pre_init, &root, Stages::All)?;
    pre_boot::check_places(&system.pre_boot, &options.boot)?;

    let opened = Prefix::open(&options.prefix)?;
    let is_there = opened.inspect(&system.path)?.is_some();
    let commands = nix::commands(&system.path, &prefix);
    let mut report = Report {
        nix: commands.iter().map(|command| command.join(" ")).collect(),
        pre_init: outlook,
        pre_boot: None,
        system: system.path,
        prefix,
        dry_run: options.boot.dry_run,
    };
    if !report.dry_run {
        nix::run(&commands, &opened)?;
        root.dry_run = false;
        report.pre_init = pre_init::run(&system.pre_init, &root, Stages::All)?;
    }
    if !report.dry_run || is_there {
        report.pre_boot = Some(pre_boot::run(&system.pre_boot, &options.boot)?);
    }
    Ok(report)
}

/// A system in this machine's store.
struct System {
    directory: PathBuf,
    /// The same, as its own scripts say it.
    path: String,
    pre_init: PreInit,
    pre_boot: PreBoot,
}

impl System {
    /// The system that `path` is, leads to, or belongs to.
    fn find(path: &Path) -> Result<Self, Error> {
        let mut directory = fs::canonicalize(path).map_err(|source| Error::System {
            path: path.to_owned(),
            source,
        })?;
        if !directory.is_dir() {
            directory.pop();
        }
        let pre_init: PreInit = script::load(&directory.join("pre-init"))?;
        if Path::new(&pre_init.system) != directory {
            return Err(Error::Elsewhere {
                path: directory,
                system: pre_init.system,
            });
        }
        Ok(Self {
            path: pre_init.system.clone(),
            pre_boot: script::load(&directory.join("pre-boot"))?,
            pre_init,
            directory,
        })
    }
}

/// The prefix as Nix takes it: an absolute path without links.
fn prefix(path: &Path) -> Result<String, Error> {
    let fail = |source| Error::Prefix {
        path: path.to_owned(),
        source,
    };
    let real = fs::canonicalize(path).map_err(fail)?;
    let identity = |path: &Path| fs::metadata(path).map(|found| (found.dev(), found.ino()));
    if identity(&real).map_err(fail)? == identity(Path::new("/")).map_err(fail)? {
        return Err(Error::Root(path.to_owned()));
    }
    match real.to_str() {
        // In the name of a store, settings come behind a question mark, and `%` begins an escape.
        Some(text) if !text.contains(['?', '%']) => Ok(text.to_owned()),
        _ => Err(Error::Unnameable(real)),
    }
}

impl Report {
    /// For programs.
    ///
    /// # Errors
    /// See [`serde_json::Error`]; there is no reason for one.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        let string = |text: &str| Tree::String(text.to_owned());
        let again = |text: Result<String, _>| text.and_then(|text| serde_json::from_str::<Tree>(&text));
        let pre_boot = self.pre_boot.as_ref().map(serde_json::to_string_pretty).map(again);
        let attrs = [
            ("dryRun", Tree::Bool(self.dry_run)),
            (
                "nix",
                Tree::List(self.nix.iter().map(|command| string(command)).collect()),
            ),
            ("preBoot", pre_boot.transpose()?.unwrap_or(Tree::Null)),
            ("preInit", again(serde_json::to_string_pretty(&self.pre_init))?),
            ("prefix", string(&self.prefix)),
            ("system", string(&self.system)),
        ];
        let attrs = attrs.map(|(name, tree)| (name.to_owned(), tree));
        serde_json::to_string_pretty(&Tree::Attrs(attrs.into()))
    }
}

impl fmt::Display for Report {
    /// With `--dry-run` each step on a line of its own; then what the two scripts say, and a summary.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dry_run {
            for command in &self.nix {
                writeln!(f, "run {command}")?;
            }
        }
        write!(f, "{}", self.pre_init)?;
        match &self.pre_boot {
            Some(report) => write!(f, "{report}")?,
            None => f.write_str("run pre-boot, which can tell its steps once the system is in the prefix's store\n")?,
        }
        let verb = if self.dry_run { "would be" } else { "is" };
        writeln!(f, "`{}` {verb} installed beneath `{}`", self.system, self.prefix)
    }
}
