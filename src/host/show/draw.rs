//! Text of a system's steps and of the way that it boots. Every value comes as it stands in the plan or the script.

use step::Mode;
use tree::Tree;

/// Where a list of paths goes on in a new line, in characters.
const WIDTH: usize = 110;

/// The value at `path` of a tree, if there is one.
pub(super) fn at<'a>(tree: &'a Tree, path: &[&str]) -> Option<&'a Tree> {
    let found = path.iter().try_fold(tree, |tree, name| tree.attribute(name));
    found.filter(|tree| **tree != Tree::Null)
}

/// A value in words; a list has spaces between its elements.
pub(super) fn word(tree: &Tree) -> String {
    match tree {
        Tree::String(text) | Tree::Bare(text) | Tree::Path(text) => text.clone(),
        Tree::Int(number) => number.to_string(),
        Tree::Bool(value) => value.to_string(),
        Tree::List(elements) => elements.iter().map(word).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

/// The value at `path` in words, empty where there is none.
pub(super) fn words(tree: &Tree, path: &[&str]) -> String {
    at(tree, path).map_or_else(String::new, word)
}

/// The attributes of the set at `path` that are not `null`.
pub(super) fn entries<'a>(tree: &'a Tree, path: &[&str]) -> Vec<(&'a str, &'a Tree)> {
    let mut entries = Vec::new();
    if let Some(Tree::Attrs(attrs)) = at(tree, path) {
        for (name, value) in attrs {
            if *value != Tree::Null {
                entries.push((name.as_str(), value));
            }
        }
    }
    entries
}

/// Adds `rows` to `text` with their columns below each other.
pub(super) fn table(text: &mut String, rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    for row in rows {
        let mut line = String::new();
        let mut wanted = 0;
        for (column, cell) in row.iter().enumerate() {
            while line.chars().count() < wanted {
                line.push(' ');
            }
            line.push_str(cell);
            wanted += width(column) + if width(column) > 0 { 2 } else { 0 };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// The first line: which system this is.
pub(super) fn heading(text: &mut String, plan: &Tree) {
    *text = format!("{text}{} ({})\n", words(plan, &["name"]), words(plan, &["system"]));
}

/// The way from the firmware to the plan's command: stages, and what is at each of them.
pub(super) fn chain(plan: &Tree, system: Option<&str>) -> Vec<(&'static str, String)> {
    let mut chain = Vec::new();
    if let Some(boot) = at(plan, &["boot"]) {
        let (firmware, loader) = loader(boot);
        chain.push(("firmware", firmware));
        chain.push(("loader", loader));
        let parameters = words(boot, &["kernelParams"]);
        chain.push((
            "kernel",
            format!("{} {parameters}", words(boot, &["kernel"]))
                .trim_end()
                .to_owned(),
        ));
        chain.push(("initrd", words(boot, &["initrd"])));
    }
    let init = system.map_or_else(String::new, |system| format!("{system}/"));
    chain.push(("init", format!("{init}init: pre-init, then post-init")));
    chain.push(("command", words(plan, &["init", "command"])));
    chain.retain(|(_, what)| !what.is_empty());
    chain
}

/// What the firmware starts, and the boot loader.
fn loader(boot: &Tree) -> (String, String) {
    let esps = words(boot, &["loader", "efi", "efiSysMountPoint"]);
    let mut firmware = Vec::new();
    let kind = entries(boot, &["loader"]);
    let (mut name, mut menu) = ("nothing", String::new());
    for (loader, settings) in kind {
        let devices = words(settings, &["devices"]);
        let for_uefi = match loader {
            "grub" => {
                name = "GRUB";
                if !devices.is_empty() && devices != "nodev" {
                    firmware.push(format!("BIOS from {devices}"));
                }
                at(settings, &["efiSupport"]) == Some(&Tree::Bool(true))
            }
            "systemd-boot" => {
                name = "systemd-boot";
                true
            }
            "generic-extlinux-compatible" => {
                name = "extlinux.conf";
                firmware.push("U-Boot or syslinux".to_owned());
                false
            }
            "external" => {
                menu = words(settings, &["command"]);
                name = "the command";
                false
            }
            _ => continue,
        };
        if for_uefi {
            firmware.push(format!("UEFI from the ESP on {esps}"));
        }
        let limit = words(settings, &["configurationLimit"]);
        if !limit.is_empty() {
            menu = format!(", up to {limit} generations");
        }
    }
    if name != "the command" {
        let timeout = words(boot, &["loader", "timeout"]);
        menu = if timeout.is_empty() {
            format!("a menu that waits{menu}")
        } else {
            format!("a menu for {timeout} s{menu}")
        };
    }
    (firmware.join(", "), format!("{name}: {menu}"))
}

pub(super) fn boot_chain(text: &mut String, chain: &[(&'static str, String)]) {
    text.push_str("\nboot\n");
    let mut rows = Vec::new();
    for (stage, what) in chain {
        rows.push(vec!["  ".to_owned() + stage, what.clone()]);
    }
    table(text, &rows);
}

pub(super) fn chain_as_tree(chain: Vec<(&'static str, String)>) -> Tree {
    let mut list = Vec::new();
    for (stage, what) in chain {
        let string = |text: &str| Tree::String(text.to_owned());
        list.push(Tree::Attrs(vec![
            ("stage".to_owned(), string(stage)),
            ("what".to_owned(), string(&what)),
        ]));
    }
    Tree::List(list)
}

/// The steps of a plan, in the shape that its scripts have.
pub(super) fn steps(plan: &Tree) -> [(&'static str, Tree); 3] {
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

/// A step: what a script of it does.
pub(super) fn step(text: &mut String, name: &str, step: &Tree) {
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
        // The plan's, whose loader is told as a stage of the boot.
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

/// Adds a row; of several with the same label only the first one shows it.
fn row(rows: &mut Vec<Vec<String>>, label: &mut &str, kind: &str, what: &str) {
    rows.push(vec!["  ".to_owned() + label, kind.to_owned(), what.to_owned()]);
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
