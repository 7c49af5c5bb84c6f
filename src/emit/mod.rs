//! Filled plan to scripts and `plan.json`. No I/O, no panics.
//!
//! A step holds the parts of the plan that it needs, in the plan's own shape; so it is made from the plan's JSON, and
//! checked against the types that the runtime reads it with.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::plan::Plan;
use crate::plan::step::{FORMAT, Init, PostInit, PreBoot, PreInit};
use crate::read;

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
    /// The plan was not filled in: a mistake in this program.
    #[error("writing `{step}`: {source}")]
    Incomplete {
        /// The step.
        step: &'static str,
        /// What is missing.
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
/// When a script's first line would be too long, or the plan is not filled in.
pub fn emit(plan: &Plan, system: &str, runtime: &str) -> Result<Vec<OutputFile>, Error> {
    if !runtime.starts_with('/') || runtime.contains(char::is_whitespace) {
        return Err(Error::BadRuntime(runtime.to_owned()));
    }
    let plan = read::to_json(&read::write(plan));
    let steps = steps(&plan, system);
    Ok(vec![
        script::<PreInit>("pre-init", steps.pre_init, runtime)?,
        script::<PostInit>("post-init", steps.post_init, runtime)?,
        script::<Init>("init", steps.init, runtime)?,
        script::<PreBoot>("pre-boot", steps.pre_boot, runtime)?,
        plan_json(plan, runtime)?,
    ])
}

struct Steps {
    pre_init: Value,
    post_init: Value,
    init: Value,
    pre_boot: Value,
}

fn steps(plan: &Value, system: &str) -> Steps {
    // A name that is `null` stands for nothing; only `plan.json` shows it.
    let entries = |section: &str| -> Value {
        let entries = plan[section].as_object().into_iter().flatten();
        entries
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    Steps {
        pre_init: json!({
            "format": FORMAT,
            "name": plan["name"],
            "system": system,
            "directories": entries("directories"),
            "files": entries("files"),
            "symlinks": entries("symlinks"),
            "users": entries("users"),
            "groups": entries("groups"),
            "machineId": plan["machineId"],
            "hooks": plan["hooks"]["preInit"],
        }),
        post_init: json!({
            "format": FORMAT,
            "command": plan["init"]["command"],
            "environment": plan["init"]["environment"],
        }),
        init: json!({
            "format": FORMAT,
            "preInit": format!("{system}/pre-init"),
            "postInit": format!("{system}/post-init"),
        }),
        pre_boot: json!({ "format": FORMAT, "name": plan["name"] }),
    }
}

/// The script of a step: the line that names its interpreter, then the step.
fn script<T: Serialize + DeserializeOwned>(
    step: &'static str,
    json: Value,
    runtime: &str,
) -> Result<OutputFile, Error> {
    let line = format!("#!{runtime}{RUNTIME_PROGRAM} {step}");
    if line.len() > SHEBANG_BYTES {
        return Err(Error::LongShebang {
            step,
            length: line.len(),
            line,
        });
    }
    let typed: T = serde_json::from_value(json).map_err(|source| Error::Incomplete { step, source })?;
    let json = serde_json::to_string_pretty(&typed).map_err(|source| Error::Incomplete { step, source })?;
    Ok(OutputFile {
        name: step,
        contents: format!("{line}\n{json}\n"),
        executable: true,
    })
}

/// The plan itself, without what only its own build needs.
fn plan_json(plan: Value, runtime: &str) -> Result<OutputFile, Error> {
    let mut members = match plan {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    members.remove("buildSystem");
    members.remove("buildRuntime");
    members.insert("runtime".to_owned(), Value::from(runtime));
    let step = "plan.json";
    let json = serde_json::to_string_pretty(&members).map_err(|source| Error::Incomplete { step, source })?;
    Ok(OutputFile {
        name: step,
        contents: json + "\n",
        executable: false,
    })
}
