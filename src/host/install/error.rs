//! Why a system was not installed, on one line each.

use std::io;
use std::path::PathBuf;

use crate::json_file;
use runtime::{pre_boot, pre_init, script};
use tree::errno::io_text;

/// Why a system was not installed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no system.
    #[error("cannot find the system `{}`: {}", path.display(), io_text(source))]
    System {
        /// What was named.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// One of its files.
    #[error(transparent)]
    Script(#[from] script::Error),
    /// Its plan.
    #[error(transparent)]
    Plan(#[from] json_file::Error),
    /// A copy of a system: what it names lies elsewhere.
    #[error("`{}` is not in this machine's store: it is a copy of `{system}`", path.display())]
    Elsewhere {
        /// Where it is.
        path: PathBuf,
        /// Where it belongs.
        system: String,
    },
    /// There is no directory to install to.
    #[error("cannot look at the prefix `{}`: {}", path.display(), io_text(source))]
    Prefix {
        /// The prefix.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The prefix is this machine's own root.
    #[error(
        "the prefix `{}` is this machine's own root: `install` is for another one (for this one, run the system's own \
         `pre-init` and `pre-boot`)",
        .0.display()
    )]
    Root(PathBuf),
    /// A path that Nix cannot take as part of the name of a store.
    #[error("the prefix `{}` cannot be named to Nix: its path has a `?`, a `%` or something other than UTF-8 in it", .0.display())]
    Unnameable(PathBuf),
    /// A file system of the plan that is not mounted.
    #[error("`{}` is not a mount point, and the plan has `fileSystems.\"{mount_point}\"`: mount it, or give --force", path.display())]
    NotMounted {
        /// Where it would be.
        path: PathBuf,
        /// Where the system will have it.
        mount_point: String,
    },
    /// A command of Nix that is not there.
    #[error("cannot run `{program}`: {} (this takes the Nix of this machine)", io_text(source))]
    NoNix {
        /// The command.
        program: String,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A command of Nix that failed; what it said went to the standard error.
    #[error("`{command}`: {status}")]
    Nix {
        /// The command.
        command: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },
    /// A system that is not in this machine's store.
    #[error("`{system}` is not valid in this machine's store: {said}")]
    NotValid {
        /// The system.
        system: String,
        /// What Nix says.
        said: String,
    },
    /// A file in the prefix.
    #[error(transparent)]
    InPrefix(#[from] prefix::Error),
    /// The system's `pre-init`.
    #[error(transparent)]
    PreInit(#[from] pre_init::Error),
    /// The system's `pre-boot`.
    #[error(transparent)]
    PreBoot(#[from] pre_boot::Error),
}

impl From<pre_boot::Usage> for Error {
    fn from(usage: pre_boot::Usage) -> Self {
        Self::PreBoot(usage.into())
    }
}
