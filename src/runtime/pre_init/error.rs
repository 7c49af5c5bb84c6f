//! Why a prefix was not initialised, on one line each.

use std::path::PathBuf;
use tree::errno::io_text;

use crate::accounts;
use prefix;

/// Why a prefix was not initialised. What was begun is finished by the next run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An operation beneath the prefix.
    #[error(transparent)]
    Prefix(#[from] prefix::Error),
    /// The accounts cannot be merged.
    #[error(transparent)]
    Accounts(#[from] accounts::Error),
    /// Somebody else's root.
    #[error(
        "`{path}` was set up by something else (it has an /etc/passwd and no record of ours): give --adopt to take it over, keeping every file"
    )]
    Foreign {
        /// The prefix.
        path: PathBuf,
    },
    /// Something that is never replaced.
    #[error("cannot make `{path}`: a {what} is in the way")]
    InTheWay {
        /// Where.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// An owner that neither the plan nor the prefix has.
    #[error("cannot make `{path}`: {kind} `{name}` does not exist")]
    NoOwner {
        /// A path beneath the prefix.
        path: String,
        /// `user` or `group`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A store path that holds a file's contents.
    #[error("cannot read `{path}`: {}", io_text(error))]
    Source {
        /// The store path.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// A file that shall hold a hashed password. What it holds may be somebody's password: it is not repeated.
    #[error("`{path}` holds no hashed password: write what `mkpasswd` prints, or `!` to lock the account")]
    PasswordFile {
        /// The file.
        path: PathBuf,
    },
    /// Record or journal.
    #[error("cannot use `{path}`: {message} (without it, what is there counts as changed by hand)")]
    Record {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The owners manifest.
    #[error(transparent)]
    Manifest(#[from] prefix::owners::Error),
    /// The folder that the owners manifest is to lie in.
    #[error("cannot write `{path}`: {}", io_text(error))]
    NoFolder {
        /// The manifest.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A hook that failed.
    #[error("hook `{command}`: {message}")]
    Hook {
        /// The command.
        command: String,
        /// The errno's text or the exit status.
        message: String,
    },
    /// The plan's Nix did not take over what its database is to know.
    #[error("loading `/nix-path-registration` by `{program}`: {message}")]
    Nix {
        /// Its program.
        program: String,
        /// The errno's text, or the exit status and the last line that it said.
        message: String,
    },
    /// No random bytes.
    #[error("cannot get random bytes: {}", io_text(.0))]
    Random(std::io::Error),
}
