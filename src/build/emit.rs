//! Makes the files of an output from a filled plan: the scripts, `plan.json` and `boot.json`. No I/O, no panics.

use plan::steps::Output;
use plan::{Loader, Plan};
use serde::Serialize;
use step::{Init, PostInit, PreBoot, PreInit, Step};
use tree::Tree;

use crate::bootspec::bootspec;

/// Where the runtime's program lies in its store path.
pub const RUNTIME_PROGRAM: &str = "/bin/system-installer-runtime";

/// The longest first line of a script. Kernels before 5.1 read 128 bytes (`BINPRM_BUF_SIZE`), the final NUL included.
const SHEBANG_BYTES: usize = 127;

/// Why the scripts cannot be made of a plan.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The first line is too long: the kernel would cut it.
    #[error("the first line of `{step}` has {length} bytes, and Linux before 5.1 takes {SHEBANG_BYTES}: `{line}`")]
    LongShebang {
        /// The step.
        step: &'static str,
        /// Its length in bytes, without the newline.
        length: usize,
        /// The line.
        line: String,
    },
    /// The runtime's path has white space: the kernel would cut the first line there.
    #[error("the runtime's path `{0}` cannot stand in the first line of a script")]
    BadRuntime(String),
    /// The file cannot be written as JSON.
    #[error("writing `{step}`: {source}")]
    Json {
        /// The file.
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

/// The files of the output at the store path `system`, made of a filled plan. `runtime` is the store path of the
/// runtime that interprets the scripts.
///
/// # Errors
///
/// [`Error::LongShebang`], [`Error::BadRuntime`].
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
        plan_json(without_packages(plan).to_tree(), runtime)?,
    ];
    if let Some(bootspec) = bootspec(plan, system) {
        files.push(json("boot.json", &bootspec)?);
    }
    Ok(files)
}

/// The script of a step: the line that names its interpreter, then the step as JSON.
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

/// `plan.json`: the plan with the runtime that the scripts name, and without the programs that built it.
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

/// The plan as an output holds it, marked as [`built`](Plan::built). The packages of the boot loader and all that
/// concerns images are gone: a path in `plan.json` would stay in the closure of the system.
fn without_packages(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    plan.built = Some(true);
    plan.image = None;
    if let Some(nix) = plan.nix.as_mut().filter(|nix| nix.enable != Some(true)) {
        nix.package = None;
    }
    for loader in plan
        .boot
        .iter_mut()
        .flat_map(|boot| &mut boot.loader)
        .flat_map(Loader::named_mut)
    {
        loader.forget_packages();
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
