//! What each step of a system does.

use step::Mode;
use tree::Tree;

use super::boot_chain::loader;
use super::values::{at, entries, table, word, words};

/// The width at which a list of paths goes on in a new line, in characters.
const WIDTH: usize = 110;

/// The steps of a plan, in the shape that its scripts have.
pub(super) fn of_plan(plan: &Tree) -> [(&'static str, Tree); 3] {
    let take = |wanted: &[(&str, &[&str])]| {
        let mut attrs = Vec::new();
        for (name, path) in wanted {
            attrs.extend(at(plan, path).map(|tree| ((*name).to_owned(), tree.clone())));
        }
        Tree::Attrs(attrs)
    };
    let nix: (&str, &[&str]) = if at(plan, &["nix", "enable"]) == Some(&Tree::Bool(true)) {
        ("nix", &["nix"])
    } else {
        ("", &[""])
    };
    [
        (
            "pre-init",
            take(&[
                ("directories", &["directories"]),
                ("files", &["files"]),
                ("symlinks", &["symlinks"]),
                ("users", &["users"]),
                ("groups", &["groups"]),
                ("machineId", &["machineId"]),
                nix,
                ("hooks", &["hooks", "preInit"]),
            ]),
        ),
        (
            "post-init",
            take(&[
                ("command", &["init", "command"]),
                ("environment", &["init", "environment"]),
            ]),
        ),
        (
            "pre-boot",
            take(&[("boot", &["boot"]), ("hooks", &["hooks", "preBoot"])]),
        ),
    ]
}

/// Adds what the step `name` does to `text`.
pub(super) fn draw(text: &mut String, name: &str, step: &Tree) {
    if !text.is_empty() {
        text.push('\n');
    }
    *text = format!("{text}{name}\n");
    let mut rows = Vec::new();
    for (what, section) in [("directories", "directories"), ("files", "files")] {
        tree_of(&mut rows, what, &entries(step, &[section]));
    }
    let mut label = "links";
    for (path, link) in entries(step, &["symlinks"]) {
        row(
            &mut rows,
            &mut label,
            "",
            &format!("{path} -> {}", words(link, &["target"])),
        );
    }
    accounts(&mut rows, step);
    for (label, name) in [
        ("machine-id", "machineId"),
        ("pre-init", "preInit"),
        ("post-init", "postInit"),
        ("command", "command"),
    ] {
        if let Some(value) = at(step, &[name]) {
            row(&mut rows, &mut { label }, "", &word(value));
        }
    }
    let mut label = "environment";
    for (variable, value) in entries(step, &["environment"]) {
        row(&mut rows, &mut label, "", &format!("{variable}={}", word(value)));
    }
    if let Some(package) = at(step, &["nix", "package"]) {
        let load = format!("/nix-path-registration into the database of {}", word(package));
        row(&mut rows, &mut { "nix" }, "", &load);
    }
    match at(step, &["boot"]) {
        // A plan has a kernel here, a script has not. The loader's settings are shown as a stage of the boot.
        Some(boot) if at(boot, &["kernel"]).is_some() => {
            row(&mut rows, &mut { "install" }, "", &loader(boot).1);
        }
        Some(boot) => leaves(&mut rows, "", boot),
        None if name == "pre-boot" => row(&mut rows, &mut { "nothing to install" }, "", ""),
        None => {}
    }
    if let Some(Tree::List(hooks)) = at(step, &["hooks"]) {
        let mut label = "hooks";
        for command in hooks {
            row(&mut rows, &mut label, "", &word(command));
        }
    }
    table(text, &rows);
}

/// Adds a row of three columns. Of several rows with the same label only the first one shows it.
fn row(rows: &mut Vec<Vec<String>>, label: &mut &str, detail: &str, what: &str) {
    rows.push(vec!["  ".to_owned() + label, detail.to_owned(), what.to_owned()]);
    *label = "";
}

/// Every value in `tree` with its path: what a script's step holds and a plan does not.
fn leaves(rows: &mut Vec<Vec<String>>, path: &str, tree: &Tree) {
    let Tree::Attrs(attrs) = tree else {
        return row(rows, &mut { path }, "", &word(tree));
    };
    for (name, value) in attrs {
        let dot = if path.is_empty() { "" } else { "." };
        leaves(rows, &format!("{path}{dot}{name}"), value);
    }
}

/// Directories or files: those of the same mode and owner together.
fn tree_of(rows: &mut Vec<Vec<String>>, mut label: &str, entries: &[(&str, &Tree)]) {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (path, entry) in entries {
        let mode = words(entry, &["mode"]);
        let mode = Mode::try_from(mode.clone()).map_or(mode, String::from);
        let kind = format!("{mode} {}:{}", words(entry, &["user"]), words(entry, &["group"]));
        match groups.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, paths)) => paths.push(path),
            None => groups.push((kind, vec![path])),
        }
    }
    for (kind, paths) in groups {
        let (mut kind, mut line) = (kind.as_str(), String::new());
        for path in paths {
            if !line.is_empty() && line.len() + path.len() > WIDTH {
                row(rows, &mut label, kind, &line);
                (kind, line) = ("", String::new());
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(path);
        }
        row(rows, &mut label, kind, &line);
    }
}

/// Users with their groups, home and shell; groups with their ids.
fn accounts(rows: &mut Vec<Vec<String>>, step: &Tree) {
    let id = |tree: &Tree, name| at(tree, &[name]).map_or_else(|| "any".to_owned(), word);
    let mut label = "users";
    for (name, user) in entries(step, &["users"]) {
        let (groups, home) = (words(user, &["extraGroups"]), words(user, &["home"]));
        let groups = format!("{} {groups}", words(user, &["group"]));
        let what = format!("{name}: {}, {home}, {}", groups.trim_end(), words(user, &["shell"]));
        row(rows, &mut label, &id(user, "uid"), &what);
    }
    let mut label = "groups";
    for (name, group) in entries(step, &["groups"]) {
        let members = words(group, &["members"]);
        let colon = if members.is_empty() { "" } else { ": " };
        row(rows, &mut label, &id(group, "gid"), &format!("{name}{colon}{members}"));
    }
}
