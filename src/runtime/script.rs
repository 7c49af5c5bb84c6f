//! Reads a script: its first line names the step, the rest is the step as JSON.

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::Error as _;

use step::{FORMAT, Init, PostInit, PreBoot, PreInit, Step};
use tree::{FileError, Tree};

/// Why a script cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not one of our scripts.
    #[error("cannot read `{}`: this is not a script of system-installer", .0.display())]
    NotAScript(PathBuf),
    /// The script of another step.
    #[error("cannot read `{}`: this is the script of `{found}`, not of `{wanted}`", path.display())]
    OtherStep {
        /// The script.
        path: PathBuf,
        /// The step that was asked for.
        wanted: &'static str,
        /// The step that its first line names.
        found: String,
    },
    /// The format of the script is that of another version.
    #[error(
        "cannot read `{}`: its format is {found}, and system-installer {} knows format {FORMAT} only",
        path.display(), tree::VERSION
    )]
    OtherFormat {
        /// The script.
        path: PathBuf,
        /// Its format.
        found: i64,
    },
    /// The JSON is not the step's.
    #[error("cannot read `{}`: {source}", path.display())]
    Json {
        /// The script.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// Reads the script at `path`, which must hold a step of the kind `S` in a format that this program knows.
///
/// # Errors
/// See [`Error`].
pub fn load<S: Step>(path: &Path) -> Result<S, Error> {
    let text = fs::read(path).map_err(FileError::at("read", path))?;
    parse(&text, path)
}

/// Reads the file at `path`. Returns the name of the step that it is the script of, and the step; `None` if it is no
/// script.
///
/// # Errors
/// As [`load`].
pub fn load_any(path: &Path) -> Result<Option<(String, Tree)>, Error> {
    let text = fs::read(path).map_err(FileError::at("read", path))?;
    let steps = [PreInit::NAME, PostInit::NAME, Init::NAME, PreBoot::NAME];
    for step in steps {
        match parse_tree(&text, path, step) {
            Ok(tree) => return Ok(Some((step.to_owned(), tree))),
            Err(Error::OtherStep { .. }) => {}
            Err(Error::NotAScript(_)) if !text.starts_with(b"#!") => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Err(Error::NotAScript(path.to_owned()))
}

/// Reads the contents of a script; `path` is for messages.
///
/// # Errors
/// See [`Error`].
pub fn parse<S: Step>(text: &[u8], path: &Path) -> Result<S, Error> {
    let tree = parse_tree(text, path, S::NAME)?;
    S::from_tree(tree).map_err(|message| Error::Json {
        path: path.to_owned(),
        source: serde_json::Error::custom(message),
    })
}

fn parse_tree(text: &[u8], path: &Path, wanted: &'static str) -> Result<Tree, Error> {
    let not_a_script = || Error::NotAScript(path.to_owned());
    let text = std::str::from_utf8(text).map_err(|_| not_a_script())?;
    let (line, json) = text.split_once('\n').ok_or_else(not_a_script)?;
    let (_, found) = line
        .strip_prefix("#!")
        .and_then(|line| line.rsplit_once(' '))
        .ok_or_else(not_a_script)?;
    if found != wanted {
        return Err(Error::OtherStep {
            path: path.to_owned(),
            wanted,
            found: found.to_owned(),
        });
    }
    let tree: Tree = serde_json::from_slice(json.as_bytes()).map_err(|source| Error::Json {
        path: path.to_owned(),
        source,
    })?;
    // The format is checked first: otherwise a field that only a newer format has would be reported in its place.
    if let Some(Tree::Int(found)) = tree.attribute("format")
        && *found != i64::from(FORMAT)
    {
        return Err(Error::OtherFormat {
            path: path.to_owned(),
            found: *found,
        });
    }
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST_INIT: &str = "#!/nix/store/x/bin/system-installer-runtime post-init\n{\"format\": 1, \"command\": [\"/a\"], \"environment\": {}}\n";

    fn message<S: Step>(text: &str) -> String {
        match parse::<S>(text.as_bytes(), Path::new("/s")) {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_script_gives_its_step() {
        let step: PostInit = parse(POST_INIT.as_bytes(), Path::new("/s")).unwrap();
        assert_eq!(step.command, ["/a"]);
    }

    #[test]
    fn the_script_of_another_step_is_refused() {
        assert_eq!(
            message::<PreBoot>(POST_INIT),
            "cannot read `/s`: this is the script of `post-init`, not of `pre-boot`"
        );
    }

    #[test]
    fn an_unknown_format_is_named_whatever_else_it_brings() {
        let newer = POST_INIT.replace("\"format\": 1", "\"format\": 2, \"news\": {}");
        let expected = format!(
            "cannot read `/s`: its format is 2, and system-installer {} knows format 1 only",
            tree::VERSION
        );
        assert_eq!(message::<PostInit>(&newer), expected);
    }

    #[test]
    fn other_files_are_no_scripts() {
        for other in ["", "\n", "{}", "#!/bin/sh\n", "#! \u{0}\n"] {
            assert_ne!(message::<PostInit>(other), "ok", "{other:?}");
        }
        assert!(matches!(
            parse::<PostInit>(b"#!/x post-init\n\xff", Path::new("/s")),
            Err(Error::NotAScript(_))
        ));
        assert!(matches!(
            parse::<PostInit>(b"#!/x post-init\n{\"format\": 1", Path::new("/s")),
            Err(Error::Json { .. })
        ));
    }

    #[test]
    fn a_missing_script_is_named_with_the_systems_answer() {
        let error = load::<PostInit>(Path::new("/does/not/exist")).unwrap_err().to_string();
        assert_eq!(error, "cannot read `/does/not/exist`: No such file or directory");
    }
}
