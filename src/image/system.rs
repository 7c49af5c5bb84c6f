//! The system that an image or a tarball is made of: its store path, and what its scripts and `plan.json` say.

use std::path::Path;
use std::{fs, io};

use runtime::script;
use step::{PostInit, PreBoot, PreInit};
use tree::Tree;
use tree::errno::io_text;

/// A system.
#[derive(Debug)]
pub struct System {
    /// Its store path.
    pub path: String,
    /// The step of `pre-init`.
    pub pre_init: PreInit,
    /// The step of `post-init`.
    pub post_init: PostInit,
    /// The step of `pre-boot`.
    pub pre_boot: PreBoot,
    /// `plan.json`: the plan with its defaults filled in.
    pub plan: serde_json::Value,
}

/// Why a system cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A script.
    #[error(transparent)]
    Script(#[from] script::Error),
    /// `plan.json` cannot be read.
    #[error("cannot read `{path}`: {}", io_text(source))]
    Read {
        /// The file.
        path: String,
        /// The operating system's answer.
        source: io::Error,
    },
    /// `plan.json` is not JSON.
    #[error("cannot read `{path}`: {source}")]
    Json {
        /// The file.
        path: String,
        /// What is wrong.
        source: serde_json::Error,
    },
}

impl System {
    /// The system at the store path `path`.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn load(path: &str) -> Result<Self, Error> {
        let folder = Path::new(path);
        let plan = format!("{path}/plan.json");
        let text = fs::read(&plan).map_err(|source| Error::Read {
            path: plan.clone(),
            source,
        })?;
        Ok(Self {
            path: path.to_owned(),
            pre_init: script::load(&folder.join("pre-init"))?,
            post_init: script::load(&folder.join("post-init"))?,
            pre_boot: script::load(&folder.join("pre-boot"))?,
            plan: serde_json::from_slice(&text).map_err(|source| Error::Json { path: plan, source })?,
        })
    }

    /// The plan's name.
    pub fn name(&self) -> &str {
        &self.pre_init.name
    }

    /// The system that it runs on, as in `derivation`: `x86_64-linux`.
    pub fn platform(&self) -> &str {
        self.plan["system"].as_str().unwrap_or_default()
    }

    /// The plan as an attribute tree.
    ///
    /// # Errors
    /// [`Error::Json`].
    pub fn tree(&self) -> Result<Tree, Error> {
        serde_json::from_value(self.plan.clone()).map_err(|source| Error::Json {
            path: format!("{}/plan.json", self.path),
            source,
        })
    }

    /// Whether the command that is started is systemd, or the init of a NixOS, which has a link `systemd` beside it.
    pub fn starts_systemd(&self) -> bool {
        self.post_init.command.first().is_some_and(|program| {
            let program = Path::new(program);
            program.ends_with("systemd") || program.with_file_name("systemd").is_dir()
        })
    }
}
