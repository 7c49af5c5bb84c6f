//! Filled plan to scripts, `plan.json` and `boot.json`. No I/O, no panics.

use plan::Plan;
use plan::steps::Output;
use serde::Serialize;
use step::{Init, PostInit, PreBoot, PreInit, Step};
use tree::Tree;

use crate::bootspec::bootspec;

/// The runtime within its store path.
pub const RUNTIME_PROGRAM: &str = "/bin/system-installer-runtime";

/// The longest first line that kernels before 5.1 take whole: `BINPRM_BUF_SIZE` is 128 there, with a final NUL.
const SHEBANG_BYTES: usize = 127;

/// Why a plan has no scripts.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The first line would be cut.
    #[error("the first line of `{step}` has {length} bytes, and Linux before 5.1 takes {SHEBANG_BYTES}: `{line}`")]
    LongShebang {
        /// The step.
        step: &'static str,
        /// Its bytes, without the newline.
        length: usize,
        /// The line.
        line: String,
    },
    /// A path with white space would be cut there.
    #[error("the runtime's path `{0}` cannot stand in the first line of a script")]
    BadRuntime(String),
    /// No JSON came of it.
    #[error("writing `{step}`: {source}")]
    Json {
        /// The step.
        step: &'static str,
        /// Why.
        source: serde_json::Error,
    },
}

/// One file of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// Its name.
    pub name: &'static str,
    /// Its contents.
    pub contents: String,
    /// Whether it is a program.
    pub executable: bool,
}

/// The files of the output `system` (a store path) of a filled plan, whose scripts are interpreted by `runtime` (the
/// runtime's store path).
///
/// # Errors
/// When a script's first line would be too long.
pub fn emit(plan: &Plan, system: &str, runtime: &str) -> Result<Vec<OutputFile>, Error> {
    if !runtime.starts_with('/') || runtime.contains(char::is_whitespace) {
        return Err(Error::BadRuntime(runtime.to_owned()));
    }
    let output = Output { plan, path: system };
    let mut files = vec![
        script(&PreInit::from(output), runtime)?,
        script(&PostInit::from(plan), runtime)?,
        script(&Init::from(output), runtime)?,
        script(&PreBoot::from(output), runtime)?,
        plan_json(plan::read::write(&without_packages(plan)), runtime)?,
    ];
    if let Some(bootspec) = bootspec(plan, system) {
        files.push(json("boot.json", &bootspec)?);
    }
    Ok(files)
}

/// The script of a step: the line that names its interpreter, then the step.
fn script<S: Step + Serialize>(step: &S, runtime: &str) -> Result<OutputFile, Error> {
    let line = format!("#!{runtime}{RUNTIME_PROGRAM} {}", S::NAME);
    if line.len() > SHEBANG_BYTES {
        return Err(Error::LongShebang {
            step: S::NAME,
            length: line.len(),
            line,
        });
    }
    let json = to_text(S::NAME, step)?;
    Ok(OutputFile {
        name: S::NAME,
        contents: format!("{line}\n{json}\n"),
        executable: true,
    })
}

/// The plan itself, without what only its own build needs.
fn plan_json(plan: Tree, runtime: &str) -> Result<OutputFile, Error> {
    let Tree::Attrs(mut attrs) = plan else {
        return plan_json(Tree::Attrs(Vec::new()), runtime);
    };
    attrs.retain(|(name, _)| !matches!(name.as_str(), "buildSystem" | "buildRuntime" | "runtime"));
    let place = attrs
        .iter()
        .position(|(name, _)| name.as_str() > "runtime")
        .unwrap_or(attrs.len());
    attrs.insert(place, ("runtime".to_owned(), Tree::String(runtime.to_owned())));
    json("plan.json", &Tree::Attrs(attrs))
}

/// The plan without the boot loaders' packages and what concerns an image alone: the output would keep them in the closure
/// of the system. It says so of itself, and is a plan for that reason.
fn without_packages(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    plan.built = Some(true);
    plan.image = None;
    if let Some(nix) = plan.nix.as_mut().filter(|nix| nix.enable != Some(true)) {
        nix.package = None;
    }
    if let Some(loader) = plan.boot.as_mut().and_then(|boot| boot.loader.as_mut()) {
        if let Some(grub) = &mut loader.grub {
            grub.package = None;
        }
        if let Some(systemd_boot) = &mut loader.systemd_boot {
            systemd_boot.package = None;
        }
    }
    plan
}

fn json(name: &'static str, tree: &Tree) -> Result<OutputFile, Error> {
    Ok(OutputFile {
        name,
        contents: to_text(name, tree)? + "\n",
        executable: false,
    })
}

fn to_text(step: &'static str, value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string_pretty(value).map_err(|source| Error::Json { step, source })
}
