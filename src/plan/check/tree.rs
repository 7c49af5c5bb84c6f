//! The directories, files and links of a plan make one tree: no path is there twice, and each lies in a directory.

use std::collections::BTreeMap;

use super::{Plans, at, problem};
use crate::Map;
use crate::fill::needs_etc;
use crate::problem::{AttrPath, Problem, code};
use step::MachineId;
use tree::path::parents;

/// Files that another section of the plan writes, and that section.
const ELSEWHERE: [(&str, &str); 6] = [
    ("/etc/passwd", "users"),
    ("/etc/shadow", "users"),
    ("/etc/group", "groups"),
    ("/etc/gshadow", "groups"),
    // The lock of all four: lckpwdf(3).
    ("/etc/.pwd.lock", "users"),
    ("/etc/machine-id", "machineId"),
];

/// The kind of what lies at a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Directory,
    File,
    Symlink,
}

impl Kind {
    fn section(self) -> &'static str {
        match self {
            Self::Directory => "directories",
            Self::File => "files",
            Self::Symlink => "symlinks",
        }
    }

    fn place(self, path: &str) -> AttrPath {
        at(self.section()).name(path)
    }
}

pub fn check(plans: &Plans) -> Vec<Problem> {
    let entries = entries(plans);
    let mut problems = Vec::new();
    for (path, kinds) in &entries {
        let mut kinds = kinds.iter();
        let Some(first) = kinds.next() else { continue };
        for kind in kinds {
            let message = format!("the path is in `{}` too", first.section());
            problems.push(problem(
                kind.place(path),
                code::PATH_TWICE,
                message,
                "leave one of them out",
            ));
        }
    }
    for (path, kinds) in &entries {
        for kind in kinds {
            may_be_there(plans, path, *kind, &mut problems);
            for parent in parents(path) {
                needs_directory(plans, &entries, parent, *kind, path, &mut problems);
            }
        }
    }
    etc(plans, &entries, &mut problems);
    problems
}

type Entries<'a> = BTreeMap<&'a str, Vec<Kind>>;

/// What the author put at each path.
fn entries<'a>(plans: &'a Plans) -> Entries<'a> {
    let plan = plans.given;
    let directories = plan
        .directories
        .iter()
        .flat_map(Map::present)
        .map(|(path, _)| (path, Kind::Directory));
    let files = plan
        .files
        .iter()
        .flat_map(Map::present)
        .map(|(path, _)| (path, Kind::File));
    let symlinks = plan
        .symlinks
        .iter()
        .flat_map(Map::present)
        .map(|(path, _)| (path, Kind::Symlink));
    let mut entries = Entries::new();
    for (path, kind) in directories.chain(files).chain(symlinks) {
        entries.entry(path).or_default().push(kind);
    }
    entries
}

/// Checks that a file of this kind may be at `path` at all.
fn may_be_there(plans: &Plans, path: &str, kind: Kind, problems: &mut Vec<Problem>) {
    let is_left_alone = |section: &str| section == "machineId" && plans.filled.machine_id == Some(MachineId::None);
    let mut elsewhere = ELSEWHERE.iter().filter(|(_, section)| !is_left_alone(section));
    if let Some((_, section)) = elsewhere.find(|(reserved, _)| *reserved == path) {
        let message = format!("`{section}` writes this file");
        problems.push(problem(
            kind.place(path),
            code::PATH_OF_ANOTHER_SECTION,
            message,
            format!("use `{section}`"),
        ));
    }
    let must_be_directory = match kind {
        Kind::Directory => false,
        // File systems are mounted on these, or they hold the store: none of them may lead elsewhere.
        Kind::Symlink => matches!(path, "/" | "/dev" | "/proc" | "/sys" | "/nix"),
        // The record is kept below /var/lib.
        Kind::File => matches!(path, "/" | "/dev" | "/proc" | "/sys" | "/nix" | "/var" | "/var/lib"),
    };
    if must_be_directory {
        let message = format!("`{path}` must be a directory");
        problems.push(problem(
            kind.place(path),
            code::NOT_A_DIRECTORY,
            message,
            "leave it out",
        ));
    }
}

/// Checks that `parent`, where the entry at `path` lies, is a directory.
fn needs_directory(
    plans: &Plans,
    entries: &Entries,
    parent: &str,
    kind: Kind,
    path: &str,
    problems: &mut Vec<Problem>,
) {
    let blocking = entries
        .get(parent)
        .into_iter()
        .flatten()
        .find(|kind| **kind != Kind::Directory);
    if let Some(blocking) = blocking {
        let message = format!(
            "the entry needs a directory at `{parent}`, where `{}` has another entry",
            blocking.section()
        );
        let hint = format!("leave out `{}`, or this entry", blocking.place(parent));
        problems.push(problem(kind.place(path), code::NOT_A_DIRECTORY, message, hint));
    } else if plans
        .given
        .directories
        .as_ref()
        .is_some_and(|directories| directories.removes(parent))
    {
        let message = format!("the entry needs the directory `{parent}`, which `null` removes");
        let hint = format!("leave out `{}`", Kind::Directory.place(parent));
        problems.push(problem(kind.place(path), code::REMOVED_DIRECTORY, message, hint));
    }
}

/// Checks that /etc is a directory where other sections write files in it.
fn etc(plans: &Plans, entries: &Entries, problems: &mut Vec<Problem>) {
    if !needs_etc(plans.filled) {
        return;
    }
    let what = "`users`, `groups` and `machineId` write files below it";
    for kind in entries
        .get("/etc")
        .into_iter()
        .flatten()
        .filter(|kind| **kind != Kind::Directory)
    {
        let message = format!("`/etc` must be a directory: {what}");
        problems.push(problem(
            kind.place("/etc"),
            code::NOT_A_DIRECTORY,
            message,
            "link what is in it, one by one",
        ));
    }
    if plans
        .given
        .directories
        .as_ref()
        .is_some_and(|directories| directories.removes("/etc"))
    {
        let message = format!("`/etc` cannot go: {what}");
        let hint = "leave the attribute out, or have `base = \"none\"` and `machineId = \"none\"`";
        problems.push(problem(
            Kind::Directory.place("/etc"),
            code::REMOVED_DIRECTORY,
            message,
            hint,
        ));
    }
}
