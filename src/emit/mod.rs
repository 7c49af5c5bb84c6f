//! Filled plan to scripts, `plan.json` and `boot.json`. No I/O, no panics.
//!
//! A step holds the parts of the plan that it needs, in the plan's own shape: it is put together from the plan's tree.
//! That the runtime's types read it back is a test's business.

pub mod boot;

use crate::plan::Plan;
use crate::plan::file_system::has_read_only_root;
use crate::plan::step::FORMAT;
use crate::read::{self, Tree};

/// The runtime within its store path.
pub const RUNTIME_PROGRAM: &str = "/bin/system-installer";

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
/// store path of this program for the target).
///
/// # Errors
/// When a script's first line would be too long.
pub fn emit(plan: &Plan, system: &str, runtime: &str) -> Result<Vec<OutputFile>, Error> {
    if !runtime.starts_with('/') || runtime.contains(char::is_whitespace) {
        return Err(Error::BadRuntime(runtime.to_owned()));
    }
    let tree = read::write(&without_packages(plan));
    let mut files = vec![
        script("pre-init", pre_init(&tree, system), runtime)?,
        script("post-init", post_init(&tree), runtime)?,
        script("init", init(plan, system), runtime)?,
        script("pre-boot", pre_boot(plan, &tree, system), runtime)?,
        plan_json(tree, runtime)?,
    ];
    if let Some(bootspec) = boot::bootspec(plan, system) {
        files.push(json("boot.json", &bootspec)?);
    }
    Ok(files)
}

// The attributes come in the order in which `plan::step` has them, which is the order for people.

fn pre_init(plan: &Tree, system: &str) -> Vec<(&'static str, Tree)> {
    let mut parts = vec![
        ("name", part(plan, &["name"])),
        ("system", Tree::String(system.to_owned())),
        ("directories", present(plan, "directories")),
        ("files", present(plan, "files")),
        ("symlinks", present(plan, "symlinks")),
        ("users", present(plan, "users")),
        ("groups", present(plan, "groups")),
        ("machineId", part(plan, &["machineId"])),
    ];
    if part(plan, &["nix", "enable"]) == Tree::Bool(true) {
        parts.push((
            "nix",
            Tree::Attrs(vec![("package".to_owned(), part(plan, &["nix", "package"]))]),
        ));
    }
    parts.push(("hooks", part(plan, &["hooks", "preInit"])));
    parts
}

fn post_init(plan: &Tree) -> Vec<(&'static str, Tree)> {
    vec![
        ("command", part(plan, &["init", "command"])),
        ("environment", part(plan, &["init", "environment"])),
    ]
}

fn init(plan: &Plan, system: &str) -> Vec<(&'static str, Tree)> {
    vec![
        ("preInit", Tree::String(format!("{system}/pre-init"))),
        ("postInit", Tree::String(format!("{system}/post-init"))),
        ("readOnly", Tree::Bool(has_read_only_root(plan))),
    ]
}

fn pre_boot(plan: &Plan, tree: &Tree, system: &str) -> Vec<(&'static str, Tree)> {
    let started = boot::other_system(plan).unwrap_or(system);
    let mut parts = vec![
        ("name", part(tree, &["name"])),
        ("system", Tree::String(started.to_owned())),
    ];
    parts.extend(boot::boot(plan, tree, system).map(|boot| ("boot", boot)));
    parts.push(("hooks", part(tree, &["hooks", "preBoot"])));
    parts
}

/// The value at this path of the plan; a filled plan has all that is asked for.
fn part(plan: &Tree, path: &[&str]) -> Tree {
    path.iter()
        .try_fold(plan, |tree, name| tree.attribute(name))
        .cloned()
        .unwrap_or(Tree::Null)
}

/// The entries of a section without those that are `null`, which stand for nothing; only `plan.json` shows them.
fn present(plan: &Tree, section: &str) -> Tree {
    let Some(Tree::Attrs(attrs)) = plan.attribute(section) else {
        return Tree::Attrs(Vec::new());
    };
    Tree::Attrs(
        attrs
            .iter()
            .filter(|(_, value)| *value != Tree::Null)
            .cloned()
            .collect(),
    )
}

/// The script of a step: the line that names its interpreter, then the step.
fn script(step: &'static str, parts: Vec<(&'static str, Tree)>, runtime: &str) -> Result<OutputFile, Error> {
    let line = format!("#!{runtime}{RUNTIME_PROGRAM} {step}");
    if line.len() > SHEBANG_BYTES {
        return Err(Error::LongShebang {
            step,
            length: line.len(),
            line,
        });
    }
    let mut attrs = vec![("format".to_owned(), Tree::Int(FORMAT.into()))];
    attrs.extend(parts.into_iter().map(|(name, tree)| (name.to_owned(), tree)));
    let json = to_text(step, &Tree::Attrs(attrs))?;
    Ok(OutputFile {
        name: step,
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

/// The plan without the boot loaders' packages and what concerns an image alone, which the output is not to keep.
fn without_packages(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
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

fn to_text(step: &'static str, tree: &Tree) -> Result<String, Error> {
    serde_json::to_string_pretty(tree).map_err(|source| Error::Json { step, source })
}
