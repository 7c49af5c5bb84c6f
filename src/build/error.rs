//! Why there is no output, and how problems of the plan are told in a build log.

use std::io;
use std::path::PathBuf;

use plan::problem::{AttrPath, Problem};
use tree::FileError;
use tree::errno::io_text;

use super::emit;

/// Why there is no output.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The derivation lacks something; it was not made by `mkSystemInstaller`.
    #[error("the environment variable `{0}` is not set as in a derivation of `mkSystemInstaller`")]
    Environment(&'static str),
    /// A file or directory.
    #[error(transparent)]
    File(#[from] FileError),
    /// The plan is not JSON.
    #[error("cannot read `{}`: {source}", path.display())]
    Json {
        /// The file that holds the plan.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The plan has problems.
    #[error("{}", lines(.0))]
    Plan(Vec<Problem>),
    /// A source that is no regular file.
    #[error("`{attribute}`: `{source_path}` is not a regular file")]
    NotAFile {
        /// The attribute that names it.
        attribute: AttrPath,
        /// The source.
        source_path: String,
    },
    /// A package that should be a directory.
    #[error("`{attribute}`: `{directory}` is not a directory")]
    NotADirectory {
        /// The attribute that names it.
        attribute: AttrPath,
        /// The package.
        directory: String,
    },
    /// A source that cannot be looked at.
    #[error("`{attribute}`: cannot look at `{source_path}`: {}", io_text(source))]
    NoSource {
        /// The attribute that names it.
        attribute: AttrPath,
        /// The source.
        source_path: String,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A package that lacks a file.
    #[error("`{attribute}`: there is no `{file}` in {packages}")]
    Incomplete {
        /// The attribute that names the package.
        attribute: AttrPath,
        /// The file, within the package.
        file: String,
        /// The packages.
        packages: String,
    },
    /// GRUB's own tool made no image.
    #[error("`{attribute}`: `{tool}` made no image for `{platform}`: {answer}")]
    NoImage {
        /// The attribute that names the package.
        attribute: AttrPath,
        /// The tool.
        tool: String,
        /// GRUB's name for the platform.
        platform: &'static str,
        /// How it ended, and what it said.
        answer: String,
    },
    /// Lines of `extraConfig` that GRUB does not understand.
    #[error("`boot.loader.grub.extraConfig`: GRUB does not understand it: {answer}")]
    Commands {
        /// What GRUB's own parser said.
        answer: String,
    },
    /// The scripts cannot be made of the plan.
    #[error(transparent)]
    Emit(#[from] emit::Error),
}

/// A line for each problem, as errors are printed with `error: ` in front.
fn lines(problems: &[Problem]) -> String {
    problems.iter().map(line).collect::<Vec<_>>().join("\nerror: ")
}

/// A problem in one line, as a build log takes it.
pub fn line(problem: &Problem) -> String {
    problem.line(&problem.path.to_string())
}
