//! `show`: draws a system, an image, a script or a plan for people, or gives the same as JSON. It changes nothing, and reads only
//! the file that it is given and those beside it.
//!
//! It works on attribute trees, and not on typed plans: so it shows all that a file says, also that of another version.

mod boot_chain;
mod steps;
mod storage;
mod values;

use std::fs;
use std::path::{Path, PathBuf};

use super::check::Report;
use crate::json_file::{self, Error as FileError};
use plan::assess_plan;
use runtime::script;
use tree::Tree;
use values::words;

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read, or is no JSON.
    #[error(transparent)]
    File(#[from] FileError),
    /// A script cannot be read.
    #[error(transparent)]
    Script(#[from] script::Error),
    /// A directory with neither a system nor an image in it.
    #[error("`{}` is neither a system nor an image of system-installer: it has no `plan.json` and no `image.json`", .0.display())]
    Nothing(PathBuf),
}

/// What there is to show.
#[derive(Debug, Default)]
pub struct Shown {
    /// A plan with its defaults filled in.
    plan: Option<Tree>,
    /// What an image's builder says of it: `image.json`.
    image: Option<Tree>,
    /// A script's step and its name.
    step: Option<(String, Tree)>,
    /// The store path of the system, where it is known.
    system: Option<String>,
    /// What is wrong with a plan that nobody has built yet.
    problems: Option<Report>,
}

/// Looks at `path`: the output of a system or of an image, one of its files, or a plan in JSON.
///
/// # Errors
/// See [`Error`].
pub fn show(path: &Path) -> Result<Shown, Error> {
    // Follow links such as `result`: the store path is shown.
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if real.is_dir() {
        return output(&real)?.ok_or_else(|| Error::Nothing(path.to_owned()));
    }
    if let Some(beside) = real
        .parent()
        .filter(|_| real.ends_with("plan.json") || real.ends_with("image.json"))
        && let Some(shown) = output(beside)?
    {
        return Ok(shown);
    }
    if json_file::is_script(&real)
        && let Some((name, step)) = script::load_any(&real)?
    {
        let step = Some((name, step));
        return Ok(Shown {
            step,
            ..Shown::default()
        });
    }
    let (plan, warnings) = assess_plan(&json_file::load(path, "a system, an image, a script or a plan")?);
    let (plan, problems) = match plan {
        Ok(plan) => (Some(plan.to_tree()), warnings),
        Err(errors) => (None, errors.into_iter().chain(warnings).collect()),
    };
    Ok(Shown {
        plan,
        problems: Some(Report::of(problems)),
        ..Shown::default()
    })
}

/// The system or image in `directory`, if there is one. Its plan is not checked: that was done when it was built, and `plan.json`
/// lacks what only a build needs.
fn output(directory: &Path) -> Result<Option<Shown>, Error> {
    let image = directory.join("image.json");
    if image.exists() {
        let image = json_file::load(&image, "the description of an image")?;
        return Ok(Some(Shown {
            plan: image.attribute("plan").cloned(),
            system: image.attribute("system").map(values::word),
            image: Some(image),
            ..Shown::default()
        }));
    }
    if !directory.join("pre-init").exists() || !directory.join("plan.json").exists() {
        return Ok(None);
    }
    Ok(Some(Shown {
        plan: Some(json_file::load(&directory.join("plan.json"), "a plan")?),
        system: Some(directory.display().to_string()),
        ..Shown::default()
    }))
}

impl Shown {
    /// Whether it is a plan with errors. Then only its problems are shown.
    pub fn has_errors(&self) -> bool {
        self.problems.as_ref().is_some_and(Report::has_errors)
    }

    /// The drawing for people.
    pub fn text(&self) -> String {
        let mut text = self.problems.as_ref().map_or_else(String::new, Report::text);
        if let Some((name, step)) = &self.step {
            steps::draw(&mut text, name, step);
        }
        let plan = self.plan.as_ref();
        if let Some(plan) = plan {
            heading(&mut text, plan);
        }
        if let Some(image) = &self.image {
            storage::image(&mut text, image);
        }
        if let Some(plan) = plan {
            if self.image.is_none() {
                storage::disks(&mut text, plan);
            }
            storage::file_systems(&mut text, plan);
            boot_chain::draw(&mut text, &boot_chain::stages(plan, self.system.as_deref()));
            for (name, step) in steps::of_plan(plan) {
                steps::draw(&mut text, name, &step);
            }
        }
        text
    }

    /// The JSON for programs: the plan, the image's description and the boot chain, or a script's step, or what is wrong.
    ///
    /// # Errors
    /// See [`serde_json::Error`]; there is no reason for one.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        let mut attrs = Vec::new();
        let mut add = |name: &str, tree: Option<Tree>| attrs.extend(tree.map(|tree| (name.to_owned(), tree)));
        let chain = self
            .plan
            .as_ref()
            .map(|plan| boot_chain::as_tree(boot_chain::stages(plan, self.system.as_deref())));
        add("bootChain", chain);
        add("image", self.image.clone());
        add("plan", self.plan.clone());
        add("problems", self.problems.as_ref().map(Report::tree));
        add("script", self.step.as_ref().map(|(name, _)| Tree::String(name.clone())));
        add("step", self.step.as_ref().map(|(_, step)| step.clone()));
        add("system", self.system.clone().map(Tree::String));
        serde_json::to_string_pretty(&Tree::Attrs(attrs))
    }
}

/// The first line: which system this is.
fn heading(text: &mut String, plan: &Tree) {
    *text = format!("{text}{} ({})\n", words(plan, &["name"]), words(plan, &["system"]));
}
